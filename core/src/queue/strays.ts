/** Finds entries that we hold without knowing it: when the answer to a claim is lost, the claim may have been made all the same. */
import { nextStep } from '../domain/retry.ts'
import type { Database } from '../store/database.ts'
import { type ClaimedEntry, claimedEntries, takeBackEntries } from '../store/queue.ts'

export type StrayOptions = {
  readonly db: Database
  readonly lease: number
  readonly clock: () => Date
  readonly onFault: (fault: unknown) => void
  readonly onStrays?: (count: number) => void
}

const LOOK_EVERY_MS = 5_000

/** To be called between claims, when all that was claimed is in hand. What was strange at the last look too goes back. */
export function createStrayHunt({ db, lease, clock, onFault, onStrays }: StrayOptions) {
  let strange = new Set<number>()
  let lookedAt = clock().getTime()
  const look = async (inHand: () => Iterable<number>): Promise<void> => {
    const claimed = await claimedEntries(db, lease)
    const known = new Set(inHand())
    const unknown = claimed.filter(({ messageId }) => !known.has(messageId))
    const strays = unknown.filter(({ messageId }) => strange.has(messageId))
    strange = new Set(unknown.map(({ messageId }) => messageId))
    const now = clock()
    const taken = strays.map((entry) => ({ messageId: entry.messageId, retryAt: retryAt(entry, now) }))
    await takeBackEntries(db, lease, taken)
    if (strays.length > 0) onStrays?.(strays.length)
  }
  return async (inHand: () => Iterable<number>): Promise<void> => {
    const now = clock().getTime()
    if (now - lookedAt < LOOK_EVERY_MS) return
    lookedAt = now
    await look(inHand).catch(onFault)
  }
}

/** Of those that were being sent, whose result could not be written. */
function retryAt(entry: ClaimedEntry, now: Date): Date {
  const step = nextStep({ kind: 'soft_fail' }, entry, { now, random: 0 }, Number.POSITIVE_INFINITY)
  return step.kind === 'retry' ? step.at : now
}
