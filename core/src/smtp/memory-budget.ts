/** How much memory all mails that are being received may take together. Counted, never waited for: who finds none is asked to come later. */

export type MemoryBudget = {
  /** Whether so much is free now. Nothing is taken by asking. */
  readonly has: (bytes: number) => boolean
  /** @returns false, and takes nothing, when there is not enough. */
  readonly take: (bytes: number) => boolean
  readonly give: (bytes: number) => void
  readonly taken: () => number
}

/** Two commits run at once, the driver copies a large mail for each, and two copies more may wait for the garbage collector. */
const COPIES_OF_LARGEST = 4

/** What is left for mails themselves of all the memory they may take: the copies that storing them takes are not counted one by one. */
export const roomForMails = (bytesMax: number, largestMail: number): number =>
  bytesMax - Math.min(COPIES_OF_LARGEST * largestMail, bytesMax / 2)

export function createMemoryBudget(bytesMax: number): MemoryBudget {
  let taken = 0
  const has = (bytes: number): boolean => taken + bytes <= bytesMax
  return {
    has,
    take: (bytes) => {
      if (!has(bytes)) return false
      taken += bytes
      return true
    },
    give: (bytes) => {
      taken -= bytes
    },
    taken: () => taken,
  }
}
