import { describe, expect, it } from 'vitest'
import { BUDGET_FIRST, BUDGET_WARM, isWarm, nextBudget, type WarmupDay } from './warm-up.ts'

/** Days of a receiver that defers what goes beyond its trust, which doubles each week; all budgets. */
function simulate(
  days: number,
  deferredOf: (sent: number, day: number) => number,
  wantedOf: (day: number) => number = () => Number.POSITIVE_INFINITY,
) {
  let before: WarmupDay | undefined
  const history: WarmupDay[] = []
  for (let day = 0; day < days; day += 1) {
    const budget = nextBudget(before)
    const sent = Math.min(budget, wantedOf(day))
    before = { budget, sent, deferred: deferredOf(sent, day) }
    history.push(before)
  }
  return history
}

describe('thirty days of warming up', () => {
  it('make an address warm when every day is clean, and never more than half as much again in a day', () => {
    const history = simulate(30, () => 0)
    expect(history[0]?.budget).toBe(BUDGET_FIRST)
    for (const [n, { budget }] of history.entries()) if (n > 0) expect(budget).toBeLessThanOrEqual((history[n - 1]?.budget ?? 0) * 1.5 + 1)
    expect(isWarm(history.at(-1)?.budget ?? 0)).toBe(true)
  })

  it('freeze on a bad day and go on after it', () => {
    const history = simulate(30, (sent, day) => (day === 10 ? sent * 0.1 : 0))
    expect(history[11]?.budget).toBe(history[10]?.budget)
    expect(history[12]?.budget).toBeGreaterThan(history[11]?.budget ?? 0)
  })

  it('settle near what a distrustful receiver takes, instead of running into it every day', () => {
    const trust = 400
    const history = simulate(30, (sent) => Math.max(0, sent - trust))
    const wasted = history.slice(10).reduce((sum, { sent, deferred }) => sum + deferred / sent, 0) / 20
    expect(history.at(-1)?.budget).toBeLessThan(trust * 2)
    expect(wasted).toBeLessThan(0.2)
  })

  it('do not grow a budget that nobody uses', () => {
    expect(
      simulate(
        30,
        () => 0,
        () => 10,
      ).at(-1)?.budget,
    ).toBe(BUDGET_FIRST)
  })

  it('never leave their bounds', () => {
    for (const { budget } of simulate(60, (sent, day) => (day % 2 ? sent : 0))) {
      expect(budget).toBeGreaterThanOrEqual(BUDGET_FIRST)
      expect(budget).toBeLessThanOrEqual(BUDGET_WARM)
    }
  })
})
