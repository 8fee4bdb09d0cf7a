import { describe, expect, it } from 'vitest'
import { BUDGET_FIRST, BUDGET_LAST, isWarm, isWarmedUp, LAST_DAYS, lastDaysDone, nextBudget, type WarmupDay } from './warm-up.ts'

type Mail = { readonly deferredOf?: (sent: number, day: number) => number; readonly wantedOf?: (day: number) => number }

/** Days with one provider; all that sent anything, the first first. */
function simulate(days: number, { deferredOf = () => 0, wantedOf = () => 10_000_000 }: Mail = {}) {
  const history: (WarmupDay & { readonly day: number })[] = []
  for (let day = 0; day < days; day += 1) {
    const budget = nextBudget(history.toReversed())
    const sent = Math.min(budget, wantedOf(day))
    if (sent > 0) history.push({ day, budget, sent, deferred: deferredOf(sent, day) })
  }
  return history
}

const dayWarm = (history: readonly WarmupDay[]): number => history.findIndex(({ budget }) => isWarm(budget))

describe('thirty days of warming up', () => {
  it('make an address warm when every day is clean: never more than half as much again in a day, and three days with the last budget', () => {
    const history = simulate(30)
    const warm = dayWarm(history)
    const growing = history.slice(0, warm)
    expect(history[0]?.budget).toBe(BUDGET_FIRST)
    for (const [n, { budget }] of growing.entries()) if (n > 0) expect(budget).toBeLessThanOrEqual((growing[n - 1]?.budget ?? 0) * 1.5 + 1)
    expect(growing.filter(({ budget }) => budget === BUDGET_LAST)).toHaveLength(LAST_DAYS)
    expect(warm).toBe(22)
    expect(history.slice(warm).every(({ budget }) => isWarm(budget))).toBe(true)
  })

  it('freeze on a bad day and go on after it', () => {
    const history = simulate(30, { deferredOf: (sent, day) => (day === 10 ? sent * 0.1 : 0) })
    expect(history[11]?.budget).toBe(history[10]?.budget)
    expect(history[12]?.budget).toBeGreaterThan(history[11]?.budget ?? 0)
  })

  it('settle near what a distrustful receiver takes, instead of running into it every day', () => {
    const trust = 400
    const history = simulate(90, { deferredOf: (sent) => Math.max(0, sent - trust) })
    const wasted = history.slice(10).reduce((sum, { sent, deferred }) => sum + deferred / sent, 0) / 80
    expect(history.at(-1)?.budget).toBeLessThan(trust * 2)
    expect(wasted).toBeLessThan(0.2)
    expect(dayWarm(history)).toBe(-1)
  })

  it('do not grow a budget that nobody uses', () => {
    expect(simulate(90, { wantedOf: () => 10 }).at(-1)?.budget).toBe(BUDGET_FIRST)
  })

  it('never leave their bounds while they last', () => {
    for (const { budget } of simulate(60, { deferredOf: (sent, day) => (day % 2 ? sent : 0) })) {
      expect(budget).toBeGreaterThanOrEqual(BUDGET_FIRST)
      expect(budget).toBeLessThanOrEqual(BUDGET_LAST)
    }
  })
})

describe('the last days', () => {
  const warm = dayWarm(simulate(30))

  it('count again when one of them was bad, and when one sent little', () => {
    const bad = simulate(60, { deferredOf: (sent, day) => (day === warm - 1 ? sent * 0.1 : 0) })
    expect(dayWarm(bad)).toBe(warm + LAST_DAYS)
    const little = simulate(60, { wantedOf: (day) => (day === warm - 1 ? 100 : 10_000_000) })
    expect(dayWarm(little)).toBe(warm + LAST_DAYS)
    expect([0, 1, 2, 3].map((days) => lastDaysDone(little.slice(0, warm + days).toReversed()))).toEqual([0, 1, 2, 3])
  })

  it('need not be days in a row: who sends nothing at weekends has them too', () => {
    const history = simulate(60, { wantedOf: (day) => (day % 7 > 4 ? 0 : 10_000_000) })
    expect(dayWarm(history)).toBe(warm)
  })

  it('are not the end of caution: a provider that refuses a fifth gets a budget again, and becomes warm after three days more', () => {
    const history = simulate(60, { deferredOf: (sent, day) => (day === 40 ? sent * 0.3 : 0) })
    expect(history[40]?.budget).toBeGreaterThan(BUDGET_LAST)
    expect(history.slice(41, 45).map(({ budget }) => budget)).toEqual([70_000, BUDGET_LAST, BUDGET_LAST, BUDGET_LAST])
    expect(isWarm(history[45]?.budget ?? 0)).toBe(true)
  })
})

describe('an address', () => {
  /** The day after which it is warm as a whole; -1 for never. */
  const ends = (providers: Record<string, Mail>, days = 90): number => {
    const histories = Object.values(providers).map((mail) => simulate(days, mail))
    return Array.from({ length: days }, (_, day) => day).findIndex((day) =>
      isWarmedUp(
        histories.map((history) => history.filter((past) => past.day <= day).toReversed()).filter((history) => history.length > 0),
      ),
    )
  }

  it('is warm when every provider is, also when that of one took longer', () => {
    expect(ends({ google: {} })).toBe(21)
    const late = ends({ google: {}, yahoo: { deferredOf: (sent, day) => (day < 20 ? sent * 0.1 : 0) } })
    expect(late).toBe(41)
  })

  it('does not wait for a provider that gets so little mail that nothing holds it back', () => {
    expect(ends({ google: {}, gmx: { wantedOf: () => 10 } })).toBe(21)
  })

  it('waits for a provider that is held back, or that refuses what it gets', () => {
    expect(ends({ google: {}, gmx: { wantedOf: (day) => (day < 15 ? 0 : 10_000_000) } })).toBe(15 + 21)
    expect(ends({ google: {}, gmx: { deferredOf: (sent) => sent * 0.1 } })).toBe(-1)
    expect(ends({ google: {}, gmx: { wantedOf: () => 10, deferredOf: () => 1 } })).toBe(-1)
  })

  it('stays in its warm-up while it sends little, for nobody knows it', () => {
    expect(ends({ google: { wantedOf: () => 1_000 }, other: { wantedOf: () => 10 } })).toBe(-1)
    expect(isWarmedUp([])).toBe(false)
  })
})
