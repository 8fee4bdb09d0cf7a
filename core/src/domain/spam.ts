/** When a score makes a mail spam. As in Postal: incoming mail by more than the threshold, outgoing mail by as much already. */
import type { Message } from './message.ts'

export type SpamThresholds = {
  readonly incoming: number
  /** Null: outgoing mail is not inspected. */
  readonly outgoing: number | null
}

export function isSpam(scope: Message['scope'], score: number, { incoming, outgoing }: SpamThresholds): boolean {
  return scope === 'incoming' ? score > incoming : outgoing !== null && score >= outgoing
}
