import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPace, perHour, perMinute, perSecond, type Rate } from './pace.ts'

/** Goes as fast as it may for a time; the times at which it went. */
function run(rates: readonly Rate[], forMs: number): number[] {
  const pace = createPace()
  const went: number[] = []
  for (let now = 0; now < forMs; ) {
    const wait = pace.waitMs(rates, now)
    if (wait > 0) {
      now += wait
      continue
    }
    pace.take(rates, now)
    went.push(now)
  }
  return went
}

it('never lets more through in any period than the rate and a tenth, for any mix of rates', () => {
  const rate = fc.record({ count: fc.integer({ min: 1, max: 50 }), perMs: fc.constantFrom(1_000, 60_000, 3_600_000) })
  fc.assert(
    fc.property(fc.array(rate, { minLength: 1, maxLength: 3 }), (rates) => {
      const went = run(rates, 20_000)
      for (const { count, perMs } of rates)
        for (let from = 0; from < went.length; from += 1) {
          const start = went[from] ?? 0
          const inside = went.filter((at) => at >= start && at < start + perMs).length
          expect(inside).toBeLessThanOrEqual(count + Math.max(1, count * 0.1))
        }
    }),
    { numRuns: 50 },
  )
})

it('uses what it is given', () => {
  expect(run([perSecond(10)], 10_000).length).toBeGreaterThanOrEqual(99)
  expect(run([perMinute(60)], 60_000).length).toBeGreaterThanOrEqual(60)
  expect(run([perHour(3_600), perSecond(100)], 60_000).length).toBeGreaterThanOrEqual(60)
})

it('does not wait when there is no rate', () => {
  expect(createPace().waitMs([], 0)).toBe(0)
})

it('gives a rate that is changed no new rest', () => {
  const pace = createPace()
  const whole = [perSecond(100)]
  for (let n = 0; n < 10; n += 1) pace.take(whole, 0)
  expect(pace.waitMs(whole, 0)).toBeGreaterThan(0)
  expect(pace.waitMs([perSecond(50)], 0)).toBeGreaterThan(0)
})
