/** What has become of a message, in a sentence that needs no manual. */
import { isSettled, type Message } from '../../../domain/message.ts'
import type { QueuedEntry } from '../../../store/queue-views.ts'
import { exactTime, relativeTime } from '../ui/time.tsx'

export type Situation = {
  readonly message: Pick<Message, 'status' | 'scope' | 'holdExpiresAt'>
  readonly entry: Pick<QueuedEntry, 'state' | 'dueAt' | 'attempts'> | undefined
  readonly now: Date
  readonly timeZone: string
}

export function inWords(situation: Situation): string {
  const { message, entry, now } = situation
  if (entry && isSettled(message.status)) return `${settled(situation)} Another attempt is queued.`
  if (isSettled(message.status)) return settled(situation)
  if (!entry) return 'Not delivered, and no longer in the queue: somebody took it out.'
  if (entry.state !== 'ready') return 'Being delivered right now.'
  const due = entry.dueAt > now ? `comes ${relativeTime(entry.dueAt, now)}` : 'is due now'
  if (entry.attempts === 0) return `Waiting in the queue. The first attempt ${due}.`
  const tried = entry.attempts === 1 ? 'One attempt has' : `${entry.attempts} attempts have`
  return `Not delivered yet. ${tried} not succeeded; the next one ${due}.`
}

function settled({ message, timeZone }: Situation): string {
  const { status, scope, holdExpiresAt } = message
  if (status === 'held') {
    const until = holdExpiresAt ? ` until ${exactTime(holdExpiresAt, timeZone)}` : ''
    return `Held back. It waits${until} for somebody to release it or to cancel the hold.`
  }
  if (status === 'processed')
    return scope === 'incoming' ? 'Handed over to where its route leads.' : 'Dealt with; nothing more will be done.'
  return SETTLED[status] ?? ''
}

const SETTLED: Readonly<Partial<Record<Message['status'], string>>> = {
  sent: 'Delivered: the receiving mail server has taken it.',
  hard_failed: 'Could not be delivered. It will not be tried again by itself.',
  bounced: 'Taken by the receiving mail server at first, and sent back later.',
  hold_cancelled: 'The hold was cancelled. It was not sent.',
}
