/** Makes payloads of recorded events. */
import type {
  BounceFacts,
  DeliveryFacts,
  DomainDnsFacts,
  EventKind,
  MailServerEventKind,
  SendLimitFacts,
  VisitFacts,
} from '../domain/event.ts'
import { isSpam, type SpamThresholds } from '../domain/spam.ts'
import type { WebhookEvent } from '../domain/webhook-events.ts'
import type { MailServer } from '../store/directory.ts'
import type { MessageFacts, OutboxEvent } from '../store/event-outbox.ts'
import type { ClickPayload, DnsPayload, LoadPayload, MessageBlock, Payload, ServerBlock, StatusPayload } from './payloads.ts'

/** Null when receivers are not told. */
const EVENT_OF: Readonly<Record<EventKind | MailServerEventKind, WebhookEvent | null>> = {
  sent: 'MessageSent',
  delayed: 'MessageDelayed',
  failed: 'MessageDeliveryFailed',
  held: 'MessageHeld',
  bounced: 'MessageBounced',
  opened: 'MessageLoaded',
  clicked: 'MessageLinkClicked',
  unsubscribed: 'MessageUnsubscribed',
  complained: 'MessageComplained',
  hold_cancelled: 'MessageHoldCancelled',
  processed: null,
  dns_error: 'DomainDNSError',
  dns_recovered: 'DomainDNSRecovered',
  limit_near: 'SendLimitApproaching',
  limit_exceeded: 'SendLimitExceeded',
}

export const webhookEventOf = (kind: OutboxEvent['kind']): WebhookEvent | null => EVENT_OF[kind]

export type Known = {
  /** The event's, and those that it refers to. */
  readonly messages: ReadonlyMap<number, MessageFacts>
  readonly mailServers: ReadonlyMap<number, MailServer>
  /** By mail server, for messages that were inspected. */
  readonly spamThresholds: ReadonlyMap<number, SpamThresholds>
}

/** Other messages than its own that an event's payload shows. */
export const messagesBeside = ({ kind, data }: OutboxEvent): number[] =>
  kind === 'bounced' && typeof data.bounceMessageId === 'number' ? [data.bounceMessageId] : []

/** Undefined when what the event is about is gone. */
export function toPayload(event: OutboxEvent, known: Known): Payload | undefined {
  if (event.messageId === null) {
    const mailServer = known.mailServers.get(event.mailServerId)
    return mailServer && ofMailServer(event, serverBlock(mailServer))
  }
  const message = messageBlock(event.messageId, known)
  return message && ofMessage(event, message, known)
}

function ofMessage(event: OutboxEvent, message: MessageBlock, known: Known): Payload | undefined {
  const { kind, data, at } = event
  switch (kind) {
    case 'sent':
      return statusPayload('Sent', message, data as DeliveryFacts, at) // each kind is recorded with its own facts; so below
    case 'delayed':
      return statusPayload('SoftFail', message, data as DeliveryFacts, at)
    case 'failed':
      return statusPayload('HardFail', message, data as DeliveryFacts, at)
    case 'held':
      return statusPayload('Held', message, data as DeliveryFacts, at)
    case 'bounced':
      return bouncePayload(message, data as BounceFacts, known)
    case 'clicked':
      return clickPayload(message, data as VisitFacts)
    case 'opened':
    case 'unsubscribed':
      return visitPayload(message, data as VisitFacts)
    default:
      return { message, timestamp: seconds(at) }
  }
}

function ofMailServer({ kind, data }: OutboxEvent, server: ServerBlock): Payload | undefined {
  if (kind === 'dns_error' || kind === 'dns_recovered') return dnsPayload(server, data as DomainDnsFacts)
  const { volume, limit } = data as SendLimitFacts
  return { server, volume, limit }
}

const seconds = (at: Date): number => at.getTime() / 1_000

const TEXT_MAX = 250

const cut = (text: string): string => Array.from(text).slice(0, TEXT_MAX).join('')

function messageBlock(id: number, { messages, spamThresholds }: Known): MessageBlock | undefined {
  const message = messages.get(id)
  return (
    message && {
      id: message.id,
      token: message.token,
      direction: message.scope,
      message_id: message.messageId,
      to: message.rcptTo || null,
      from: message.mailFrom || null,
      subject: message.subject,
      timestamp: seconds(message.createdAt),
      spam_status: spamStatus(message, spamThresholds.get(message.mailServerId)),
      tag: message.tag,
    }
  )
}

function spamStatus({ scope, spamScore }: MessageFacts, thresholds: SpamThresholds | undefined): MessageBlock['spam_status'] {
  if (spamScore === null || thresholds === undefined) return 'NotChecked'
  return isSpam(scope, spamScore / 100, thresholds) ? 'Spam' : 'NotSpam'
}

const serverBlock = ({ uuid, name, permalink, organizationPermalink }: MailServer): ServerBlock => ({
  uuid,
  name,
  permalink,
  organization: organizationPermalink,
})

function statusPayload(status: StatusPayload['status'], message: MessageBlock, facts: Partial<DeliveryFacts>, at: Date): StatusPayload {
  return {
    message,
    status,
    details: facts.details ? cut(facts.details) : null,
    output: cut(facts.output ?? ''),
    sent_with_ssl: facts.sentWithTls ?? null,
    timestamp: seconds(at),
    time: facts.time ?? null,
  }
}

function bouncePayload(original: MessageBlock, facts: BounceFacts, known: Known): Payload {
  return {
    original_message: original,
    bounce: messageBlock(facts.bounceMessageId ?? 0, known) ?? null,
    ...(facts.bounceType === undefined ? {} : { bounce_type: facts.bounceType }),
    ...(facts.smtpCode === undefined ? {} : { smtp_code: facts.smtpCode }),
    ...(facts.diagnostic === undefined ? {} : { diagnostic: facts.diagnostic }),
  }
}

function visitPayload(message: MessageBlock, { ipAddress, userAgent, ...facts }: VisitFacts & Record<string, unknown>): LoadPayload {
  return {
    message,
    ip_address: ipAddress,
    user_agent: userAgent,
    ...(typeof facts.automated === 'boolean' ? { automated: facts.automated } : {}),
    ...(typeof facts.country === 'string' ? { country: facts.country } : {}),
  }
}

function clickPayload(message: MessageBlock, facts: VisitFacts): ClickPayload {
  return { ...visitPayload(message, facts), url: facts.url ?? '', token: facts.linkToken ?? '' }
}

const CHECK_STATUSES = { ok: 'OK', missing: 'Missing', invalid: 'Invalid' } as const

const checkStatus = (status: string | null) => CHECK_STATUSES[status as keyof typeof CHECK_STATUSES] ?? null // unknown ones give null

function dnsPayload(server: ServerBlock, { domain, domainUuid, dnsCheckedAt, checks }: DomainDnsFacts): DnsPayload {
  const { spf, dkim, mx, returnPath } = checks
  return {
    server,
    domain,
    uuid: domainUuid,
    dns_checked_at: seconds(new Date(dnsCheckedAt)),
    spf_status: checkStatus(spf.status),
    spf_error: spf.error,
    dkim_status: checkStatus(dkim.status),
    dkim_error: dkim.error,
    mx_status: checkStatus(mx.status),
    mx_error: mx.error,
    return_path_status: checkStatus(returnPath.status),
    return_path_error: returnPath.error,
  }
}
