/** The schedule of retries, played through on a virtual clock. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextTry, RETRY_FOR_MS } from './webhook-retry.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const start = Date.UTC(2026, 10, 21)

type Turn = { readonly random: number; readonly tookMs: number; readonly retryAfterMs?: number | undefined }

/** The times of all attempts at a receiver that never works, in milliseconds from the first. */
function play(turn: (n: number) => Turn): number[] {
  const retryUntil = new Date(start + RETRY_FOR_MS)
  const times: number[] = []
  for (let at: Date | null = new Date(start), attempts = 1; at; attempts += 1) {
    times.push(at.getTime() - start)
    const { random, tookMs, retryAfterMs } = turn(attempts)
    at = nextTry({ attempts, retryUntil, retryAfterMs }, { now: new Date(at.getTime() + tookMs), random })
    if (attempts > 1_000_000) throw new Error('it never ends')
  }
  return times
}

const waits = (times: readonly number[]): number[] => times.slice(1).map((at, n) => at - (times[n] ?? 0))

const quick = (n: number): Turn => ({ random: (n * 0.37) % 1, tookMs: 0 })
const turns = fc.record({
  random: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  tookMs: fc.integer({ min: 0, max: 10_000 }),
})

describe('a receiver that never works', () => {
  it("is tried after 2, 3, 6, 10 and 15 minutes, as Postal's receivers know it, and less often later", () => {
    const minutes = waits(play(() => ({ random: 0, tookMs: 0 }))).map((ms) => ms / MINUTE_MS)
    expect(minutes.slice(0, 9)).toEqual([2, 3, 6, 10, 15, 30, 60, 120, 240])
    expect(new Set(minutes.slice(9, -1))).toEqual(new Set([240]))
  })

  it('is tried for 72 hours to the minute, whatever the dice say and however long it takes to fail', () => {
    fc.assert(
      fc.property(fc.array(turns, { minLength: 1, maxLength: 40 }), (dice) => {
        const times = play((n) => dice[n % dice.length] ?? quick(n))
        expect(times.at(-1)).toBeGreaterThanOrEqual(RETRY_FOR_MS - 10_000)
        expect(times.at(-1)).toBeLessThanOrEqual(RETRY_FOR_MS)
        expect(times.length).toBeGreaterThan(20)
        expect(times.length).toBeLessThan(32)
      }),
    )
  })

  it('is never tried sooner than planned, nor a tenth later', () => {
    fc.assert(
      fc.property(turns, fc.integer({ min: 1, max: 8 }), ({ random }, attempts) => {
        const wait = (chance: number) =>
          Number(nextTry({ attempts, retryUntil: new Date(start + RETRY_FOR_MS) }, { now: new Date(start), random: chance })) - start
        expect(wait(random)).toBeGreaterThanOrEqual(wait(0))
        expect(wait(random)).toBeLessThanOrEqual(wait(0) * 1.1)
      }),
    )
  })
})

describe('a receiver that says when to come back', () => {
  it('is taken at its word, between a second and four hours, and within the 72 hours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 * HOUR_MS }), (retryAfterMs) => {
        const [, second = 0] = play((n) => (n === 1 ? { random: 0, tookMs: 0, retryAfterMs } : quick(n)))
        expect(second).toBe(Math.min(Math.max(retryAfterMs, 1_000), 4 * HOUR_MS))
      }),
    )
  })

  it('ends after 72 hours all the same, when it always says soon', () => {
    const times = play(() => ({ random: 0, tookMs: 0, retryAfterMs: 60_000 }))
    expect(times.at(-1)).toBe(RETRY_FOR_MS)
    expect(times.length).toBe(72 * 60 + 1)
  })
})
