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

export type NewEvent = {
  readonly id: number
  readonly mailServerId: number
  readonly messageId: number
  readonly kind: EventKind
  readonly at: Date
  readonly data: DeliveryFacts | VisitFacts | Record<string, unknown>
}

/** An event as recorded: `sequence` counts from 1 for each message, without gaps. */
export type Event = NewEvent & { readonly sequence: number }
