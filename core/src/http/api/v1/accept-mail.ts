/** The end of both send actions: hands the mail to intake, and answers with an id and a token for each recipient. */
import { recipientKey } from '../../../domain/address.ts'
import type { Receipt } from '../../../intake/accept.ts'
import type { ApiDeps, Call } from './call.ts'
import { type Answer, refuse, success, wrongParameter } from './envelope.ts'

export type ReadyMail = {
  readonly raw: Buffer
  readonly mailFrom: string
  readonly recipients: readonly string[]
  readonly domainId: number
  readonly bounce: boolean
  readonly tag: string | null
}

const TAG_MAX = 255
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/

export async function acceptMail(mail: ReadyMail, call: Call, deps: ApiDeps): Promise<Answer> {
  const { credential, mailServer, idempotencyKey } = call
  if (mail.raw.length > deps.settings.messageBytesMax) return refuse('MessageTooLarge')
  if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    return wrongParameter('The Idempotency-Key header should have 1 to 255 printable ASCII characters')
  }
  const { mailFrom, domainId, bounce } = mail
  const receipt = await deps.intake.accept({
    mailServerId: mailServer.id,
    raw: mail.raw,
    receivedWithTls: true, // as Postal has it, whatever the proxy in front did
    credentialId: credential.id,
    recipients: mail.recipients.map((rcptTo) => ({ scope: 'outgoing', rcptTo, mailFrom, domainId, bounce })),
    tag: mail.tag === null ? null : Array.from(mail.tag).slice(0, TAG_MAX).join(''),
    ...(idempotencyKey === undefined ? {} : { idempotency: idempotencyOf(idempotencyKey, call) }),
  })
  observe(receipt, mail, call, deps)
  return success({ message_id: receipt.messageId, messages: byRecipient(receipt, mail.recipients) })
}

const idempotencyOf = (key: string, { credential, action, parameters }: Call) => ({
  owner: `credential:${credential.id}`,
  key,
  request: `${action}\n${JSON.stringify(parameters)}`,
})

/** Under every spelling that was given, so that each entry finds its message although duplicates are sent once. */
function byRecipient({ messages }: Receipt, given: readonly string[]): Record<string, { id: number; token: string }> {
  const known = new Map(messages.map((message) => [recipientKey(message.rcptTo), message]))
  return Object.fromEntries(
    given.flatMap((address) => {
      const message = known.get(recipientKey(address))
      return message ? [[address, { id: message.id, token: message.token }]] : []
    }),
  )
}

function observe({ messages }: Receipt, mail: ReadyMail, call: Call, { metrics, mailLog }: ApiDeps): void {
  metrics.intake.messages.inc({ via: 'api', scope: 'outgoing' }, messages.length)
  metrics.intake.acceptLatency.observe({ via: 'api' }, (performance.now() - call.startedAt) / 1000)
  for (const { id, rcptTo } of messages) {
    mailLog.messageAccepted({
      messageId: id,
      mailServerId: call.mailServer.id,
      dialogue: call.requestId,
      rcptTo,
      mailFrom: mail.mailFrom,
      size: mail.raw.length,
      scope: 'outgoing',
    })
  }
}
