import fc from 'fast-check'
import { expect, it } from 'vitest'
import { partOf, shareOf } from './share.ts'

const rate = fc.record({ count: fc.integer({ min: 1, max: 100 }), perMs: fc.constantFrom(1_000, 60_000, 3_600_000) })
const limits = fc.record({ connectionsMax: fc.integer({ min: 1, max: 30 }), rates: fc.array(rate, { maxLength: 3 }) })
const leases = fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 40 })

it('gives all connections and all of each rate away, to no worker less than one', () => {
  fc.assert(
    fc.property(limits, leases, fc.string(), (whole, live, site) => {
      const parts = live.map((own) => partOf(whole, shareOf(site, own, live)))
      expect(parts.reduce((sum, { connectionsMax }) => sum + connectionsMax, 0)).toBe(whole.connectionsMax)
      const sending = parts.filter(({ connectionsMax }) => connectionsMax > 0)
      for (const [index, { count }] of whole.rates.entries()) {
        const counts = sending.map(({ rates }) => rates[index]?.count ?? 0)
        expect(counts.reduce((sum, one) => sum + one, 0)).toBeCloseTo(count)
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(1)
      }
    }),
  )
})

it('leaves everything to a worker that is alone, whether or not others see it', () => {
  const whole = { connectionsMax: 5, rates: [{ count: 3, perMs: 1_000 }] }
  expect(partOf(whole, shareOf('mx.b.test', 7, [7]))).toBe(whole)
  expect(partOf(whole, shareOf('mx.b.test', 7, []))).toBe(whole)
})

it('lets other workers be the first at other sites', () => {
  const first = (site: string) => [3, 8, 9].find((own) => shareOf(site, own, [3, 8, 9]).rank === 0)
  expect(new Set(Array.from({ length: 30 }, (_, n) => first(`mx${n}.test`))).size).toBe(3)
})
