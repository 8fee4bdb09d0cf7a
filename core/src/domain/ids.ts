/** Ids that follow time: 41 bits of milliseconds, 6 bits of node, 6 bits of sequence, in one JavaScript integer below 2^53. */

/** Ids count milliseconds from here; 41 bits of them last until 2095. */
export const ID_EPOCH_MS = Date.UTC(2026, 0, 1)
export const NODES_MAX = 64
const SEQUENCES_PER_MS = 64
const IDS_PER_MS = NODES_MAX * SEQUENCES_PER_MS
/** How far a burst may borrow from the future before it has to wait. At 64 ids a millisecond this is 320 000 ids. */
const BORROW_MAX_MS = 5_000

export type NewId = () => number

export type IdSource = { readonly node: number; readonly clock: () => Date; readonly lastMs?: number }

/**
 * Returns a maker of ids for one leased node. Ids never repeat and never fall, also when the clock goes backwards
 * (time stands still until the clock has caught up) and when a millisecond's sequence is used up (the next one is borrowed).
 * @throws RangeError when the node is out of range or the clock is so far behind that ids would leave the present.
 */
export function createIds({ node, clock, lastMs = 0 }: IdSource): NewId {
  if (!Number.isInteger(node) || node < 0 || node >= NODES_MAX) throw new RangeError(`node must be 0 to ${NODES_MAX - 1}`)
  let ms = lastMs
  let sequence = SEQUENCES_PER_MS

  return () => {
    const now = clock().getTime()
    if (now > ms) {
      ms = now
      sequence = 0
    } else if (sequence >= SEQUENCES_PER_MS) {
      ms += 1
      sequence = 0
    }
    if (ms - now > BORROW_MAX_MS) throw new RangeError(`the clock is ${ms - now} ms behind the newest id`)
    return (ms - ID_EPOCH_MS) * IDS_PER_MS + node * SEQUENCES_PER_MS + sequence++
  }
}

/** The millisecond in which an id was made. */
export function idTime(id: number): Date {
  return new Date(Math.floor(id / IDS_PER_MS) + ID_EPOCH_MS)
}

/** The lowest id that could be made at a time: bounds of partitions and of date filters. */
export function firstIdAt(at: Date): number {
  return Math.max(0, at.getTime() - ID_EPOCH_MS) * IDS_PER_MS
}
