/** Claims due entries as long as there is room for them, and hands them to a function it was given. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../store/database.ts'
import { claimDue, type QueueEntry, recoverEntries } from '../store/queue.ts'

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
  readonly onFault: (fault: unknown) => void
  readonly onRecovered?: (count: number) => void
}

const PRIORITIES = [0, 1]
const RECOVERY_EVERY_MS = 5_000

/** Runs until the signal; then claims nothing more and resolves when all in hand is settled. */
export async function runQueue(options: RunnerOptions, signal: AbortSignal): Promise<void> {
  const inHand = new Set<Promise<void>>()
  const recovering = recover(options, signal)
  while (!signal.aborted) {
    const room = options.inHandMax - inHand.size
    const claimed = room > 0 ? await claim(options, Math.min(room, options.claimMax)) : []
    for (const settled of options.handle(claimed)) {
      inHand.add(settled)
      void settled.finally(() => inHand.delete(settled))
    }
    await pause(options, { claimed: claimed.length, room, inHand }, signal)
  }
  await Promise.allSettled([...inHand, recovering])
}

/** Transactional mail first; broadcast takes the room that is left. A fault means an empty claim: the database may be away. */
async function claim({ db, lease, clock, onFault }: RunnerOptions, limit: number): Promise<QueueEntry[]> {
  const claimed: QueueEntry[] = []
  try {
    for (const priority of PRIORITIES) {
      if (claimed.length < limit) claimed.push(...(await claimDue(db, { lease, priority, limit: limit - claimed.length, now: clock() })))
    }
  } catch (fault) {
    onFault(fault)
  }
  return claimed
}

type Look = { readonly claimed: number; readonly room: number; readonly inHand: ReadonlySet<Promise<void>> }

/** Looks again at once while there is work and room; else when something in hand is settled, or after the idle wait. */
async function pause({ idleMs, claimMax }: RunnerOptions, { claimed, room, inHand }: Look, signal: AbortSignal): Promise<void> {
  if (claimed > 0 && claimed === Math.min(room, claimMax)) return
  const over = new AbortController()
  const idle = wait(idleMs, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(() => undefined)
  await (room > 0 ? idle : Promise.race([idle, ...inHand]))
  over.abort()
}

/** Entries of dead workers return within a lease and this interval. */
async function recover({ db, onFault, onRecovered }: RunnerOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await recoverEntries(db).then((count) => count > 0 && onRecovered?.(count), onFault)
    await wait(RECOVERY_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}
