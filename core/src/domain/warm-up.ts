/** Warming up an address: a daily budget for each provider that grows on clean days, freezes on bad ones and shrinks on worse. */

export type WarmupDay = { readonly budget: number; readonly sent: number; readonly deferred: number }

export const BUDGET_FIRST = 50
/** An address that may send as much in a day is warm. */
export const BUDGET_WARM = 100_000
const GROWTH = 1.5
const SHRINK = 0.7
/** Deferrals about us, of what was sent. */
const BAD = 0.05
const WORSE = 0.2
/** A day that used little of its budget proves nothing. */
const USED_MIN = 0.5

/** The budget of a day, from what the last day that sent anything came to; undefined on the first. */
export function nextBudget(before: WarmupDay | undefined): number {
  if (!before) return BUDGET_FIRST
  const { budget, sent, deferred } = before
  const share = sent === 0 ? 0 : deferred / sent
  if (share > WORSE) return Math.max(BUDGET_FIRST, Math.floor(budget * SHRINK))
  if (share > BAD || sent < budget * USED_MIN) return budget
  return Math.min(BUDGET_WARM, Math.ceil(budget * GROWTH))
}

export const isWarm = (budget: number): boolean => budget >= BUDGET_WARM
