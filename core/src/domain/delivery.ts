/** A delivery: the record of one attempt or decision. The latest gives its message the status. */
import type { MessageStatus } from './message.ts'
import type { ReplyClass } from './smtp-reply-class.ts'

/** What a courier brings back from one attempt. */
export type Outcome = {
  readonly kind: 'sent' | 'soft_fail' | 'hard_fail'
  /** For people: where it went and what happened. */
  readonly details: string
  /** The remote server's own words, or the fault's. */
  readonly output: string
  readonly sentWithTls: boolean
  /** The remote asked to come back after this long. */
  readonly retryAfterMs?: number
  /** Nothing could be reached, so that the same holds for other mail to the same site. */
  readonly unreachable?: boolean
  /** The final dot was sent and its reply was lost: the mail may have arrived. */
  readonly uncertain?: boolean
  /** A permanent failure of this very address, not of its server or of ours. */
  readonly personal?: boolean
  /** What the reply means. */
  readonly replyClass?: ReplyClass
}

export type Delivery = {
  readonly id: number
  readonly messageId: number
  readonly mailServerId: number
  readonly status: DeliveryStatus
  readonly details: string
  readonly output: string
  readonly sentWithTls: boolean | null
  readonly logId: string | null
  /** Duration of the attempt; null when nothing was attempted. */
  readonly ms: number | null
  readonly createdAt: Date
}

export const DELIVERY_STATUSES = ['sent', 'soft_failed', 'hard_failed', 'held', 'bounced', 'processed', 'hold_cancelled', 'error'] as const
export type DeliveryStatus = Exclude<MessageStatus, 'pending'>
