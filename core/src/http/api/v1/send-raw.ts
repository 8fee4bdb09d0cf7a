/** `send/raw`: accepts a finished mail for every recipient at once. */
import { z } from 'zod'
import { isDeliverable } from '../../../domain/address.ts'
import { authoriseSender } from '../../../domain/authorise-sender.ts'
import { newUuid } from '../../../domain/uuid.ts'
import { parseAddressList } from '../../../mail/addresses.ts'
import { rfc2822Date } from '../../../mail/date.ts'
import { HEADER_FIELDS_MAX, type Header, hasHugeHeader, prependHeaders, readHeaders, removeHeaders } from '../../../mail/headers.ts'
import { normaliseLineEndings } from '../../../mail/line-endings.ts'
import { acceptMail } from './accept-mail.ts'
import type { ApiDeps, Call } from './call.ts'
import { type Answer, refuse, success, wrongParameter } from './envelope.ts'
import { decodeBase64, isBlank, read, text, truth } from './fields.ts'
import { impossibleRecipient } from './recipients.ts'

const SendRawInput = z.object({
  rcpt_to: z.array(z.string(), { error: '`rcpt_to` should be an Array of Strings' }).nullish(),
  mail_from: text('mail_from'),
  data: text('data'),
  bounce: truth(),
})

type SendRawInput = z.output<typeof SendRawInput>

export async function sendRaw(call: Call, deps: ApiDeps): Promise<Answer> {
  const checked = read(SendRawInput, call.parameters)
  if ('mistake' in checked) return wrongParameter(checked.mistake)
  const mistake = whatIsWrong(checked.input, deps.settings.recipientsMax)
  if (mistake) return wrongParameter(mistake)
  const { rcpt_to, mail_from, data, bounce } = checked.input
  const recipients = rcpt_to ?? []
  const mailFrom = (mail_from ?? '').trim()
  const given = normaliseLineEndings(decodeBase64(data ?? ''))
  if (hasHugeHeader(given)) return wrongParameter(`\`data\` should have a header of at most ${HEADER_FIELDS_MAX} fields and 1 MB`)
  const headers = readHeaders(given)

  const domain = authoriseSender(
    { from: addressesIn('from', headers), sender: addressesIn('sender', headers) },
    { allowSender: call.mailServer.allowSender, domains: await deps.directory.sendingDomains(call.mailServer.id) },
  )
  if (!domain) return refuse('UnauthenticatedFromAddress')
  const impossible = impossibleRecipient('rcpt_to', recipients)
  if (impossible) return wrongParameter(impossible)
  if (recipients.length === 0) return success({ message_id: null, messages: {} })

  const raw = complete(given, headers, deps)
  return acceptMail({ raw, mailFrom, recipients, domainId: domain.id, bounce, tag: null }, call, deps)
}

/** The first in Postal's order, which clients know. */
function whatIsWrong({ rcpt_to, mail_from, data }: SendRawInput, recipientsMax: number): string | undefined {
  if (rcpt_to === null || rcpt_to === undefined) return '`rcpt_to` parameter is required but is missing'
  if (isBlank(mail_from)) return '`mail_from` parameter is required but is missing'
  if (isBlank(data)) return '`data` parameter is required but is missing'
  if (rcpt_to.length > recipientsMax) return `\`rcpt_to\` should have at most ${recipientsMax} entries`
  return isDeliverable((mail_from ?? '').trim()) ? undefined : '`mail_from` is no address that can send mail'
}

/** Of every field of this name; one without an address counts as an address that nobody owns. */
function addressesIn(name: string, headers: readonly Header[]): string[] {
  const fields = headers.filter((header) => header.name === name)
  return fields.flatMap(({ value }) => {
    const addresses = parseAddressList(value).map(({ address }) => address)
    return addresses.length > 0 ? addresses : ['']
  })
}

/** Adds what RFC 5322 §3.6 asks for and the caller left out, and takes away what must not be seen (§3.6.3). */
function complete(given: Buffer, headers: readonly Header[], { randomBytes, clock, settings }: ApiDeps): Buffer {
  const has = (name: string): boolean => headers.some((header) => header.name === name && header.value !== '')
  const missing = [
    ...(has('message-id') ? [] : [`Message-ID: <${newUuid(randomBytes)}@${settings.returnPathDomain}>\r\n`]),
    ...(has('date') ? [] : [`Date: ${rfc2822Date(clock())}\r\n`]),
  ]
  const kept = has('bcc') ? removeHeaders(given, ['bcc']) : given
  return missing.length > 0 ? prependHeaders(kept, missing) : kept
}
