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

/** How the connection was secured; all null when it was not, or when there was none. */
export type Encryption = {
  readonly tlsVersion: string | null
  readonly tlsCipher: string | null
  readonly tlsPolicy: string | null
  /** It took up the session of an earlier connection; null for what was sent before that was noted. */
  readonly tlsResumed: boolean | null
}

/** As `TLSv1.3, TLS_AES_256_GCM_SHA384 (opportunistic, resumed session)`; undefined without encryption. */
export function encryptionText({ tlsVersion, tlsCipher, tlsPolicy, tlsResumed }: Encryption): string | undefined {
  if (!tlsVersion || !tlsPolicy) return undefined
  const session = tlsResumed === null ? '' : tlsResumed ? ', resumed session' : ', new session'
  return `${tlsVersion}, ${tlsCipher} (${tlsPolicy}${session})`
}

export const DELIVERY_STATUSES = ['sent', 'soft_failed', 'hard_failed', 'held', 'bounced', 'processed', 'hold_cancelled', 'error'] as const
export type DeliveryStatus = Exclude<MessageStatus, 'pending'>
