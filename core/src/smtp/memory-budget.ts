/** How much memory all mails that are being received may take together. Counted, never waited for: who finds none is asked to come later. */

export type MemoryBudget = {
  /** Whether so much is free now. Nothing is taken by asking. */
  readonly has: (bytes: number) => boolean
  /** @returns false, and takes nothing, when there is not enough. */
  readonly take: (bytes: number) => boolean
  readonly give: (bytes: number) => void
  readonly taken: () => number
  /** Whether somebody was told that there is not enough since this was last asked. */
  readonly wasShort: () => boolean
}

/**
 * Two fifths of all memory are for the mails themselves. The database driver copies each while it is stored, and what was copied or read waits
 * for the garbage collector: measured, that is a little more than the mails (`npm run bench -- large-mails`).
 */
const SHARE_FOR_MAILS = 0.4

export const roomForMails = (bytesMax: number): number => bytesMax * SHARE_FOR_MAILS

export function createMemoryBudget(bytesMax: number): MemoryBudget {
  let taken = 0
  let short = false
  const has = (bytes: number): boolean => {
    const enough = taken + bytes <= bytesMax
    short ||= !enough
    return enough
  }
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
    wasShort: () => {
      const was = short
      short = false
      return was
    },
  }
}
