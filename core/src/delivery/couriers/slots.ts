/** When those come back who were sent away from a busy site: one after the other, as fast as it takes them. */

const SOONEST_MS = 2_000
/** Further ahead no place is kept, as nobody knows how fast the site will be then. */
const AHEAD_MAX_MS = 5 * 60_000

export type Slots = {
  /** @param freeMs until those who stay are served @param eachMs what one more takes @returns milliseconds from now */
  readonly next: (now: number, freeMs: number, eachMs: number) => number
}

export function createSlots(random: () => number): Slots {
  let taken = 0
  return {
    next: (now, freeMs, eachMs) => {
      const slot = Math.max(taken, now + freeMs) + eachMs
      if (slot - now > AHEAD_MAX_MS) return AHEAD_MAX_MS * (0.5 + random())
      taken = slot
      return Math.max(slot - now, SOONEST_MS)
    },
  }
}
