/** `send/message`: builds the mail from its parts and accepts it for every recipient at once. */

import { isDeliverable } from '../../../domain/address.ts'
import { authoriseSender } from '../../../domain/authorise-sender.ts'
import { newUuid } from '../../../domain/uuid.ts'
import { parseAddressList } from '../../../mail/addresses.ts'
import { buildMail } from '../../../mail/build.ts'
import { receivedHeader } from '../../../mail/received.ts'
import { acceptMail } from './accept-mail.ts'
import type { ApiDeps, Call } from './call.ts'
import { type Answer, refuse, wrongParameter } from './envelope.ts'
import { isBlank, read } from './fields.ts'
import { type AddressField, impossibleRecipient, readAddressField } from './recipients.ts'
import type { RefusalCode } from './refusals.ts'
import { type AttachmentInput, SendMessageInput, toAttachment } from './send-message-input.ts'

const ADDRESSES_MAX = 50

type Recipients = { readonly to: AddressField; readonly cc: AddressField; readonly bcc: AddressField }

export async function sendMessage(call: Call, deps: ApiDeps): Promise<Answer> {
  const checked = read(SendMessageInput, call.parameters)
  if ('mistake' in checked) return wrongParameter(checked.mistake)
  const { input } = checked
  const recipients = { to: readAddressField(input.to), cc: readAddressField(input.cc), bcc: readAddressField(input.bcc) }
  const from = addressesOf(input.from)

  const incomplete = whatIsMissing(input, recipients)
  if (incomplete) return refuse(incomplete)
  const domain = authoriseSender(
    { from, sender: addressesOf(input.sender) },
    { allowSender: call.mailServer.allowSender, domains: await deps.directory.sendingDomains(call.mailServer.id) },
  )
  if (!domain) return refuse('UnauthenticatedFromAddress')
  const unfinished = whatAttachmentsMiss(input.attachments ?? [])
  if (unfinished) return refuse(unfinished)
  const [mailFrom = ''] = from
  const impossible = whatIsImpossible(mailFrom, recipients)
  if (impossible) return wrongParameter(impossible)

  return acceptMail(
    {
      raw: await build(input, recipients, call, deps),
      mailFrom,
      recipients: Object.values(recipients).flatMap(({ addresses }) => addresses),
      domainId: domain.id,
      bounce: input.bounce,
      tag: isBlank(input.tag) ? null : (input.tag ?? null),
    },
    call,
    deps,
  )
}

const addressesOf = (field: string | null | undefined): string[] => parseAddressList(field ?? '').map(({ address }) => address)

/** The first in Postal's order, which clients know. */
function whatIsMissing({ from, plain_body, html_body }: SendMessageInput, { to, cc, bcc }: Recipients): RefusalCode | undefined {
  if (to.addresses.length + cc.addresses.length + bcc.addresses.length === 0) return 'NoRecipients'
  if (to.addresses.length > ADDRESSES_MAX) return 'TooManyToAddresses'
  if (cc.addresses.length > ADDRESSES_MAX) return 'TooManyCCAddresses'
  if (bcc.addresses.length > ADDRESSES_MAX) return 'TooManyBCCAddresses'
  if (isBlank(plain_body) && isBlank(html_body)) return 'NoContent'
  return isBlank(from) ? 'FromAddressMissing' : undefined
}

/** Data may be empty, as files are; only where there is none at all something went wrong. */
function whatAttachmentsMiss(attachments: readonly AttachmentInput[]): RefusalCode | undefined {
  for (const { name, data } of attachments) {
    if (isBlank(name)) return 'AttachmentMissingName'
    if (data === null || data === undefined) return 'AttachmentMissingData'
  }
  return undefined
}

function whatIsImpossible(mailFrom: string, { to, cc, bcc }: Recipients): string | undefined {
  if (!isDeliverable(mailFrom)) return '`from` contains an address that cannot send mail'
  return impossibleRecipient('to', to.addresses) ?? impossibleRecipient('cc', cc.addresses) ?? impossibleRecipient('bcc', bcc.addresses)
}

async function build(input: SendMessageInput, { to, cc }: Recipients, call: Call, deps: ApiDeps): Promise<Buffer> {
  const { settings, clock, randomBytes } = deps
  const date = clock()
  return buildMail({
    from: input.from ?? '',
    sender: input.sender ?? null,
    replyTo: input.reply_to ?? null,
    to: to.written,
    cc: cc.written,
    subject: input.subject ?? null,
    plainBody: input.plain_body ?? null,
    htmlBody: input.html_body ?? null,
    headers: input.headers,
    attachments: (input.attachments ?? []).map(toAttachment),
    messageId: `${newUuid(randomBytes)}@${settings.returnPathDomain}`,
    date,
    received: receivedHeader({ client: await clientOf(call, deps), hostname: settings.hostname, protocol: 'HTTP', date }),
  })
}

/** Nothing of the client is written for mail servers in privacy mode. */
async function clientOf({ mailServer, client }: Call, { ptr }: ApiDeps) {
  return mailServer.privacyMode ? null : { helo: 'api', ptr: await ptr(client.address), ip: client.address }
}
