/** Events: everything that happens to a message after its acceptance, in one append-only log. */

export const EVENT_KINDS = [
  'sent',
  'delayed',
  'failed',
  'held',
  'bounced',
  'opened',
  'clicked',
  'unsubscribed',
  'complained',
  'hold_cancelled',
  'processed',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** What happens to a mail server itself, and to no message of it. */
export const MAIL_SERVER_EVENT_KINDS = ['dns_error', 'dns_recovered', 'limit_near', 'limit_exceeded'] as const
export type MailServerEventKind = (typeof MAIL_SERVER_EVENT_KINDS)[number]

/** What a delivery-made event carries beside its message. */
export type DeliveryFacts = {
  readonly status: string
  readonly details: string
  readonly output: string
  readonly sentWithTls: boolean | null
  /** Seconds. */
  readonly time: number | null
  readonly deliveryId: number
}

/** What an event from the edge carries beside its message. */
export type VisitFacts = {
  readonly ipAddress: string
  readonly userAgent: string | null
  readonly url?: string
  readonly linkToken?: string
}

/** What `bounced` carries beside the message that came back: which mail said so, and what it said, when it could be read. */
export type BounceFacts = {
  /** The report, as a message of its own; absent when the refusal came without one. */
  readonly bounceMessageId?: number
  readonly bounceType?: 'hard' | 'soft'
  readonly smtpCode?: string
  readonly diagnostic?: string
}

/** What `dns_error` and `dns_recovered` carry. An error is null when its status is `ok`; a status is null before the first check. */
export type DomainDnsFacts = {
  readonly domain: string
  readonly domainUuid: string
  /** ISO 8601. */
  readonly dnsCheckedAt: string
  readonly checks: Readonly<Record<'spf' | 'dkim' | 'mx' | 'returnPath', { readonly status: string | null; readonly error: string | null }>>
}

/** What `limit_near` and `limit_exceeded` carry: messages of the last 60 minutes. */
export type SendLimitFacts = { readonly volume: number; readonly limit: number }

export type NewMailServerEvent = { readonly id: number; readonly mailServerId: number; readonly at: Date } & (
  | { readonly kind: 'dns_error' | 'dns_recovered'; readonly data: DomainDnsFacts }
  | { readonly kind: 'limit_near' | 'limit_exceeded'; readonly data: SendLimitFacts }
)

export type NewEvent = {
  readonly id: number
  readonly mailServerId: number
  readonly messageId: number
  readonly kind: EventKind
  readonly at: Date
  readonly data: DeliveryFacts | VisitFacts | BounceFacts | Record<string, unknown>
}

/** An event as recorded: `sequence` counts from 1 for each message, without gaps. */
export type Event = NewEvent & { readonly sequence: number }
