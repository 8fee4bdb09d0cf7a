/** How API v1 writes values: statuses by Postal's names, times as Unix seconds, bytes as wrapped base64. */
import type { MessageStatus } from '../../../domain/message.ts'

export const STATUS_NAMES: Readonly<Record<MessageStatus, string>> = {
  pending: 'Pending',
  sent: 'Sent',
  soft_failed: 'SoftFail',
  hard_failed: 'HardFail',
  held: 'Held',
  bounced: 'Bounced',
  processed: 'Processed',
  hold_cancelled: 'HoldCancelled',
  error: 'Error',
}

export const unixSeconds = (at: Date): number => at.getTime() / 1000

export const unixSecondsOrNull = (at: Date | null): number | null => (at === null ? null : unixSeconds(at))

/** Empty text is stored as null by Postal. */
export const textOrNull = (text: string | null): string | null => (text === '' ? null : text)

/** RFC 2045 as Ruby's `pack('m')` writes it: lines of 60 characters, each ended by a line feed, the last one too. */
export const wrappedBase64 = (bytes: Buffer): string => bytes.toString('base64').replace(/.{1,60}/g, '$&\n')
