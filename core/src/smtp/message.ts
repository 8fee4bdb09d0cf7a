/** What the end of the data comes to: the mail is on disk and answered with its ids, or it is refused and nothing of it is kept. */

import { newUuid } from '../domain/uuid.ts'
import type { Recipient as IntakeRecipient, Receipt } from '../intake/accept.ts'
import { type Header, hasHugeHeader, readHeaders } from '../mail/headers.ts'
import { countPasses } from '../mail/received.ts'
import type { Route } from '../store/directory.ts'
import { addedFields, assemble, isLeftOut } from './assemble.ts'
import type { Dialogue, Recipient, Transaction } from './dialogue.ts'
import { headerValues, idempotencyOf } from './idempotency.ts'
import type { MailBuffer } from './mail-buffer.ts'
import { reply } from './replies.ts'
import { authorisedDomain } from './sender.ts'
import type { Services } from './services.ts'
import { answer, refuse, type Verdict } from './verdict.ts'

/** A mail that comes by for the fifth time goes round in circles; ours is one of the five. RFC 5321 §6.3 */
const PASSES_MAX = 4
/** RFC 5321 §4.5.3.1.5: a reply line has 512 octets. */
const IDS_SHOWN_MAX = 20

export async function finishMessage(dialogue: Dialogue, buffer: MailBuffer, services: Services): Promise<Verdict> {
  const { transaction, policy, hostname, sender } = dialogue
  if (!transaction) throw new Error('data without a transaction')
  if (buffer.state === 'too_large') return refuse(reply.tooLarge(policy.limits.messageBytesMax), 'message-too-large')
  if (buffer.state === 'no_memory') return refuse(reply.noMemory, 'no-memory')

  const { block, start, end } = buffer.content()
  const mail = block.subarray(start, end)
  if (hasHugeHeader(mail)) return refuse(reply.headerTooLarge, 'header-too-large')
  const headers = readHeaders(mail)
  if (countPasses(headerValues(headers, 'received'), hostname) >= PASSES_MAX) return refuse(reply.loop, 'loop-detected')
  const domainId = sender && (await authorisedDomain(sender, headers, services.directory))
  if (sender && domainId === undefined) return refuse(reply.senderNotAuthorised, 'from-name-invalid')

  const added = addedFields(dialogue, headers, await surroundings(dialogue, services))
  const raw = assemble({ block, start, end, headers, added }, ({ name }) => isLeftOut(name, sender !== null))
  return store({ dialogue, transaction, headers, raw, domainId: domainId ?? null, services })
}

async function surroundings({ client, sender }: Dialogue, { clock, randomBytes, settings }: Services) {
  const ptr = sender?.mailServer.privacyMode ? undefined : await client.ptr()
  return { ptr, now: clock(), messageId: () => `${newUuid(randomBytes)}@${settings.returnPathDomain}` }
}

type Mail = {
  readonly dialogue: Dialogue
  readonly transaction: Transaction
  readonly headers: readonly Header[]
  readonly raw: Buffer
  readonly domainId: number | null
  readonly services: Services
}

/** Recipients of several mail servers, as in mail from outside, make one acceptance each, since what they see is kept apart. */
async function store(mail: Mail): Promise<Verdict> {
  const { dialogue, transaction, services } = mail
  const idempotency = idempotencyOf(dialogue.sender, transaction, mail.headers)
  if (idempotency === 'invalid') return refuse(reply.keyConflict, 'invalid-idempotency-key')

  const began = services.clock().getTime()
  const byMailServer = [...Map.groupBy(transaction.recipients, ({ mailServer }) => mailServer.id)]
  const acceptances = byMailServer.map(([mailServerId, recipients]) => ({
    mailServerId,
    raw: mail.raw,
    receivedWithTls: dialogue.secure,
    credentialId: dialogue.sender?.credential.id ?? null,
    recipients: recipients.flatMap((recipient) => toIntake(recipient, mail)),
    ...(idempotency ? { idempotency } : {}),
  }))
  const receipts = await services.intake.acceptTogether(acceptances)
  count(mail, (services.clock().getTime() - began) / 1000)
  dialogue.messages += 1
  byMailServer.forEach(([mailServerId, recipients], n) => {
    logAccepted(mail, { mailServerId, recipients, messages: receipts[n]?.messages ?? [] })
  })
  return answer(reply.accepted(shown(receipts.flatMap(({ messages }) => messages.map(({ id }) => id)))))
}

type Logged = { readonly mailServerId: number; readonly recipients: readonly Recipient[]; readonly messages: Receipt['messages'] }

function logAccepted({ dialogue, transaction, raw, services }: Mail, { mailServerId, recipients, messages }: Logged): void {
  const scope = recipients[0]?.kind === 'relay' ? 'outgoing' : 'incoming'
  const facts = { dialogue: dialogue.trace, mailServerId, mailFrom: transaction.mailFrom, size: raw.length, scope }
  for (const { id, rcptTo } of messages) services.mailLog.messageAccepted({ ...facts, messageId: id, rcptTo })
}

function shown(ids: readonly number[]): string {
  const more = ids.length - IDS_SHOWN_MAX
  return ids.slice(0, IDS_SHOWN_MAX).join(',') + (more > 0 ? ` and ${more} more` : '')
}

function toIntake(recipient: Recipient, { transaction, domainId }: Mail): IntakeRecipient[] {
  const { kind, address } = recipient
  const envelope = { rcptTo: address, mailFrom: transaction.mailFrom }
  if (kind === 'relay') return [{ ...envelope, scope: 'outgoing', domainId }]
  if (kind === 'route') return toEndpoints(recipient.route, { ...envelope, scope: 'incoming' })
  const bounce = { ...envelope, scope: 'incoming', bounce: true } as const
  return recipient.route ? toEndpoints(recipient.route, bounce) : [{ ...bounce, domainId: null }]
}

/** One message for each endpoint; for a route that leads nowhere, one that the route's mode decides about. */
function toEndpoints(route: Route, incoming: Omit<IntakeRecipient, 'domainId'>): IntakeRecipient[] {
  const routed = { ...incoming, domainId: route.domainId, routeId: route.id }
  return route.endpoints.length === 0 ? [routed] : route.endpoints.map((endpoint) => ({ ...routed, ...endpoint }))
}

/** Postal counts by recipient and names three types. */
const TYPES = { relay: 'outgoing', bounce: 'bounce', route: 'incoming' } as const

function count({ dialogue, transaction, services: { metrics } }: Mail, seconds: number): void {
  const tls = dialogue.secure ? 'yes' : 'no'
  for (const { kind } of transaction.recipients) {
    metrics.smtp.messages.inc({ type: TYPES[kind], tls })
    metrics.intake.messages.inc({ via: 'smtp', scope: kind === 'relay' ? 'outgoing' : 'incoming' })
  }
  metrics.intake.acceptLatency.observe({ via: 'smtp' }, seconds)
}
