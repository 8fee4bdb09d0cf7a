/** The retry schedule: waits grow, chance only lengthens them a little, and what a server asks for is believed up to a limit. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextStep } from './retry.ts'

const NOW = new Date('2030-01-01T12:00:00Z')
const ENDLESS = Number.POSITIVE_INFINITY
const attempts = fc.integer({ min: 0, max: 17 })
const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

function waitOf(made: number, random: number, retryAfterMs?: number, priority = 0): number {
  const outcome = { kind: 'soft_fail', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } as const
  const step = nextStep(outcome, { attempts: made, priority }, { now: NOW, random }, ENDLESS)
  return step.kind === 'retry' ? step.at.getTime() - NOW.getTime() : expect.unreachable('there are attempts left')
}

describe('the retry schedule', () => {
  it('waits longer after each attempt, whatever the dice say', () => {
    fc.assert(
      fc.property(attempts, chance, chance, (made, a, b) => {
        expect(waitOf(made + 1, a)).toBeGreaterThan(waitOf(made, b))
      }),
    )
  })

  it('gives broadcast mail half an hour at least, and as long as transactional mail when that waits longer', () => {
    fc.assert(
      fc.property(attempts, chance, (made, random) => {
        const halfAnHour = 30 * 60_000 * (1 + 0.1 * random)
        expect(Math.abs(waitOf(made, random, undefined, 1) - Math.max(waitOf(made, random), halfAnHour))).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('adds a tenth by chance at most, and takes nothing away', () => {
    fc.assert(
      fc.property(attempts, chance, (made, random) => {
        const least = waitOf(made, 0)
        expect(waitOf(made, random)).toBeGreaterThanOrEqual(least)
        expect(waitOf(made, random)).toBeLessThanOrEqual(least * 1.1 + 1)
      }),
    )
  })

  it('does as a server asks at first, for four hours at most', () => {
    const asked = fc.integer({ min: 0, max: 1_000 * 3_600_000 })
    fc.assert(
      fc.property(fc.nat(2), asked, chance, (made, retryAfterMs, random) => {
        const believed = Math.min(retryAfterMs, 4 * 3_600_000)
        const wait = waitOf(made, random, retryAfterMs)
        expect(wait).toBeGreaterThanOrEqual(believed)
        expect(wait).toBeLessThanOrEqual(believed * 1.1 + 1)
      }),
    )
  })

  it('then waits as long as it is asked to, and no shorter than usual', () => {
    const asked = fc.integer({ min: 0, max: 1_000 * 3_600_000 })
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 17 }), asked, (made, retryAfterMs) => {
        expect(waitOf(made, 0, retryAfterMs)).toBe(Math.max(waitOf(made, 0), Math.min(retryAfterMs, 4 * 3_600_000)))
      }),
    )
  })

  it('goes on for more than a day, although a server says "in a minute" each time', () => {
    const all = Array.from({ length: 18 }, (_, made) => waitOf(made, 0, 60_000)).reduce((sum, wait) => sum + wait)
    expect(all).toBeGreaterThan(24 * 3_600_000)
  })

  it('ends with the last attempt, with success and with a refusal for good', () => {
    const now = { now: NOW, random: 0 }
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(80), (max, made) => {
        const past = { attempts: made, priority: 0 }
        expect(nextStep({ kind: 'soft_fail' }, past, now, max).kind).toBe(made >= max ? 'finish' : 'retry')
        expect(nextStep({ kind: 'sent' }, past, now, max)).toEqual({ kind: 'finish', status: 'sent' })
        expect(nextStep({ kind: 'hard_fail' }, past, now, max)).toEqual({ kind: 'finish', status: 'hard_failed' })
      }),
    )
  })
})
