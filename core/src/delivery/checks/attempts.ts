/** Has it been tried often enough, or for long enough? */
import type { Message } from '../../domain/message.ts'
import type { QueueEntry } from '../../store/queue.ts'
import type { Check } from '../job.ts'

export const attempts: Check = ({ entry, message }, { attemptsMax }) => {
  if (entry.attempts < attemptsMax) return undefined
  const details = `Maximum number of delivery attempts (${attemptsMax}) has been reached.`
  return message.scope === 'outgoing'
    ? { status: 'hard_failed', details, suppress: { reason: 'too many soft fails', says: added(message, entry), ifPersonal: true } }
    : { status: 'hard_failed', details }
}

const added = ({ rcptTo }: Pick<Message, 'rcptTo'>, { attempts: failed }: Pick<QueueEntry, 'attempts'>): string =>
  `Added ${rcptTo} to suppression list because delivery has failed ${failed} times.`

export const expiry: Check = ({ entry, now }) => {
  if (!entry.expiresAt || entry.expiresAt > now) return undefined
  return { status: 'hard_failed', details: `Message expired at ${entry.expiresAt.toISOString()}, before it could be delivered.` }
}
