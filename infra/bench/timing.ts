/** Waiting and timing for benches. */
import { setTimeout as wait } from 'node:timers/promises'

const POLL_MS = 50
/** Counting a long queue costs the database something; it will not be empty so soon. */
const LONG = 500
const POLL_LONG_MS = 250
/** A queue that stands still for so long will not move again. */
const STUCK_MS = 60_000

/** @returns seconds */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** @throws Error when nothing leaves for a minute. */
export async function untilAtMost(queued: () => Promise<number>, most: number): Promise<void> {
  let lowest = Number.POSITIVE_INFINITY
  let movedAt = performance.now()
  for (;;) {
    const left = await queued()
    if (left <= most) return
    if (left < lowest) {
      lowest = left
      movedAt = performance.now()
    }
    if (performance.now() - movedAt > STUCK_MS) throw new Error(`${left} stay queued; none has left for ${STUCK_MS / 1000} s`)
    await wait(left > LONG ? POLL_LONG_MS : POLL_MS)
  }
}

export const untilEmpty = (queued: () => Promise<number>): Promise<void> => untilAtMost(queued, 0)

/** The value below which such a share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}
