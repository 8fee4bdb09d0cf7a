/** Claims due entries as long as there is room for them, and hands them to a function it was given. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../store/database.ts'
import { claimDue, type QueueEntry, recoverEntries } from '../store/queue.ts'
import { createStrayHunt } from './strays.ts'

export type RunnerOptions = {
  readonly db: Database
  readonly lease: number
  readonly clock: () => Date
  /** Entries in hand at a time. More of them let busy sites fill their connections; all are given back by a dead worker's lease. */
  readonly inHandMax: number
  /** Entries claimed at a time. */
  readonly claimMax: number
  /** Wait between looks at an empty queue. */
  readonly idleMs: number
  /** Answers one promise an entry, which resolves when the entry is settled or given back. They never reject. */
  readonly handle: (entries: readonly QueueEntry[]) => readonly Promise<void>[]
  /** There is no room: whoever waits for something slow should be given back. */
  readonly relieve?: () => void
  /** The end has come: whoever has not begun should be given back. */
  readonly handBack?: () => void
  readonly onFault: (fault: unknown) => void
  readonly onRecovered?: (count: number) => void
  /** Entries went back that we held without knowing it. */
  readonly onStrays?: (count: number) => void
}

const TRANSACTIONAL = 0
const BROADCAST = 1
/** One claim in ten begins with broadcast mail, so that a flood of transactional mail never starves it. */
const BROADCAST_FIRST_EVERY = 10
const RECOVERY_EVERY_MS = 5_000
const FULL_FOR_MS = 1_000

/** Runs until the signal; then claims nothing more and resolves when all in hand is settled. */
export async function runQueue(options: RunnerOptions, signal: AbortSignal): Promise<void> {
  const { inHandMax, claimMax, idleMs } = options
  const hands = createHands()
  const recovering = recover(options, signal)
  const claim = createClaimer(options)
  const relieve = createRelief(options)
  const huntStrays = createStrayHunt(options)
  while (!signal.aborted) {
    const room = inHandMax - hands.size
    relieve(room)
    const claimed = room > 0 ? await claim(Math.min(room, claimMax)) : []
    const fresh = claimed.filter(({ messageId }) => !hands.has(messageId))
    hands.take(fresh, options.handle(fresh))
    await huntStrays(hands.messageIds)
    const more = claimed.length > 0 && claimed.length >= Math.min(room, claimMax)
    await (more
      ? hands.atMost(inHandMax - worthAClaim(claimMax), idleMs, signal)
      : wait(idleMs, undefined, { signal }).catch(() => undefined))
  }
  options.handBack?.()
  await Promise.allSettled([hands.empty(), recovering])
}

/** A claim costs the same for one entry as for many, so who is full waits a little until so many fit. */
const worthAClaim = (claimMax: number): number => Math.ceil(claimMax / 2)

/**
 * What is being worked on. While our lease had run out, as over an outage of the database, others may have taken our entries back; the next
 * claim brings them again. The work on them has gone on, and is theirs from now on: begun anew, each would be sent twice.
 */
function createHands() {
  const ids = new Map<number, Promise<void>>()
  let tell: (() => void) | undefined
  return {
    get size() {
      return ids.size
    },
    has: (messageId: number) => ids.has(messageId),
    messageIds: () => ids.keys(),
    take: (entries: readonly QueueEntry[], settled: readonly Promise<void>[]) => {
      for (const [n, { messageId }] of entries.entries()) {
        const held = settled[n]?.then(() => {
          ids.delete(messageId)
          tell?.()
        })
        if (held) ids.set(messageId, held)
      }
    },
    /** Resolves when no more are left than that, at the latest after the time. */
    atMost: async (count: number, ms: number, signal: AbortSignal) => {
      if (ids.size <= count) return
      const enough = new AbortController()
      tell = () => ids.size <= count && enough.abort()
      await wait(ms, undefined, { signal: AbortSignal.any([signal, enough.signal]) }).catch(() => undefined)
      tell = undefined
    },
    empty: () => Promise.allSettled(ids.values()),
  }
}

/** Being full is what a long queue looks like; staying so for a while may be the fault of something slow. */
function createRelief({ relieve, clock, claimMax }: RunnerOptions) {
  let fullSince: number | undefined
  return (room: number): void => {
    const now = clock().getTime()
    if (room >= worthAClaim(claimMax)) fullSince = undefined
    else fullSince ??= now
    if (fullSince === undefined || now - fullSince < FULL_FOR_MS) return
    relieve?.()
    fullSince = now
  }
}

/** Transactional mail first; broadcast takes the room that is left. A fault means an empty claim: the database may be away. */
function createClaimer({ db, lease, clock, onFault }: RunnerOptions) {
  const after = new Map<number, number>()
  let claims = 0
  return async (limit: number): Promise<QueueEntry[]> => {
    claims += 1
    const order = claims % BROADCAST_FIRST_EVERY === 0 ? [BROADCAST, TRANSACTIONAL] : [TRANSACTIONAL, BROADCAST]
    const claimed: QueueEntry[] = []
    try {
      for (const priority of order) {
        const room = limit - claimed.length
        if (room <= 0) break
        const found = await claimDue(db, { lease, priority, limit: room, now: clock(), after: after.get(priority) ?? 0 })
        after.set(priority, found.at(-1)?.mailServerId ?? 0)
        claimed.push(...found)
      }
    } catch (fault) {
      onFault(fault)
    }
    return claimed
  }
}

/** Entries of dead workers return within a lease and this interval. */
async function recover({ db, onFault, onRecovered }: RunnerOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await recoverEntries(db).then((count) => count > 0 && onRecovered?.(count), onFault)
    await wait(RECOVERY_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}
