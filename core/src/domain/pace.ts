/** How fast something may go: so many in a second, a minute or an hour, spread evenly. Pure but for its own count. */

export type Rate = { readonly count: number; readonly perMs: number }

export const perSecond = (count: number): Rate => ({ count, perMs: 1_000 })
export const perMinute = (count: number): Rate => ({ count, perMs: 60_000 })
export const perHour = (count: number): Rate => ({ count, perMs: 3_600_000 })

export type Pace = {
  /** How long the next one has to wait; 0 when it may go now. */
  readonly waitMs: (rates: readonly Rate[], now: number) => number
  readonly take: (rates: readonly Rate[], now: number) => void
}

/** A tenth of the allowance may go at once after a rest: no minute gets more than 1.1 times its share. */
const BURST = 0.1

/** Token buckets, one for each rate. Rates may change between calls; a new one has no more than the others have left. */
export function createPace(): Pace {
  const buckets = new Map<string, { tokens: number; at: number }>()
  const emptiest = () => [...buckets.values()].sort((a, b) => a.tokens - b.tokens)[0]
  const filled = (rate: Rate, now: number) => {
    const key = `${rate.count}/${rate.perMs}`
    const full = Math.max(1, rate.count * BURST)
    const known = buckets.get(key) ?? emptiest() ?? { tokens: full, at: now }
    const tokens = Math.min(full, known.tokens + ((now - known.at) * rate.count) / rate.perMs)
    return { key, tokens }
  }
  return {
    waitMs: (rates, now) => Math.max(0, ...rates.map((rate) => Math.ceil(((1 - filled(rate, now).tokens) * rate.perMs) / rate.count))),
    take: (rates, now) => {
      const levels = rates.map((rate) => filled(rate, now))
      buckets.clear() // rates that are not in force any more
      for (const { key, tokens } of levels) buckets.set(key, { tokens: tokens - 1, at: now })
    },
  }
}
