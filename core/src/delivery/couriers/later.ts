/** When those come back whom a site cannot take now, spread out, so that not all of them come at once. */
import { createSlots } from './slots.ts'

/** Nothing was tried: come back then. */
export type Later = { readonly kind: 'later'; readonly at: Date; readonly why: string }

export type Laters = {
  readonly now: (why: string) => Later
  /** When it has shown itself whether there is a first connection: others need not wait for that in memory. */
  readonly whenProven: () => Later
  /** Not before then. */
  readonly after: (until: Date, why: string) => Later
  /** In turn, at twice the speed that is expected: who comes too early is sent away again, who comes too late leaves the site idle. */
  readonly inTurn: (why: string, pace: { readonly drainMs: number; readonly eachMs: number }) => Later
  /** Other workers have all connections, and may be the first to take it when it is due again. */
  readonly elsewhere: () => Later
}

const DOUBTFUL_LATER_MS = 30_000
const LATER_MAX_MS = 5 * 60_000
const ELSEWHERE_MS = 2_000
/** A backlog that goes from hand to hand must not keep the database busy. */
const ELSEWHERE_EACH_MS = 10

export function createLaters({ clock, random }: { readonly clock: () => Date; readonly random: () => number }): Laters {
  const slots = createSlots(random)
  const inMs = (ms: number, why: string, from = clock().getTime()): Later => ({ kind: 'later', at: new Date(from + ms), why })
  const inSlot = (why: string, freeMs: number, eachMs: number): Later => {
    const now = clock().getTime()
    return inMs(slots.next(now, freeMs, eachMs), why, now)
  }
  return {
    now: (why) => inMs(0, why),
    whenProven: () => inMs(DOUBTFUL_LATER_MS * (0.5 + random()), 'no connection yet'),
    after: (until, why) => inMs(random() * LATER_MAX_MS, why, until.getTime()),
    inTurn: (why, { drainMs, eachMs }) => inSlot(why, drainMs / 2, eachMs / 2),
    elsewhere: () => inSlot('shared', ELSEWHERE_MS, ELSEWHERE_EACH_MS),
  }
}
