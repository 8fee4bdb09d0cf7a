/** A message: one mail to one recipient, with its states and the moves that are allowed between them. */

export const SCOPES = ['outgoing', 'incoming'] as const
export type Scope = (typeof SCOPES)[number]

export const MESSAGE_STATUSES = [
  'pending',
  'sent',
  'soft_failed',
  'hard_failed',
  'held',
  'bounced',
  'processed',
  'hold_cancelled',
  'error',
] as const
export type MessageStatus = (typeof MESSAGE_STATUSES)[number]

/** Statuses in which the queue owes the message nothing more, until a person asks for it. */
const SETTLED: ReadonlySet<MessageStatus> = new Set(['sent', 'hard_failed', 'held', 'bounced', 'processed', 'hold_cancelled'])

export const isSettled = (status: MessageStatus): boolean => SETTLED.has(status)

/** What is stored about a message; `rawMailId` points to the bytes, which several messages share. */
export type Message = {
  readonly id: number
  readonly mailServerId: number
  readonly rawMailId: number
  readonly token: string
  readonly scope: Scope
  readonly status: MessageStatus
  readonly rcptTo: string
  /** Empty for the null sender. */
  readonly mailFrom: string
  readonly subject: string | null
  /** The Message-ID header without angle brackets. */
  readonly messageId: string | null
  /** Bytes of the raw mail as accepted. */
  readonly size: number
  readonly domainId: number | null
  readonly credentialId: number | null
  readonly routeId: number | null
  readonly endpointType: EndpointType | null
  readonly endpointId: number | null
  readonly bounce: boolean
  readonly bounceForId: number | null
  readonly tag: string | null
  readonly receivedWithTls: boolean
  readonly holdExpiresAt: Date | null
  readonly lastDeliveryAt: Date | null
  readonly openedAt: Date | null
  readonly clickedAt: Date | null
  readonly createdAt: Date
}

export const ENDPOINT_TYPES = ['http', 'smtp', 'address'] as const
export type EndpointType = (typeof ENDPOINT_TYPES)[number]
