/**
 * Warming up an address: a daily budget for each provider that grows on clean days, freezes on bad ones and shrinks on worse. It
 * ends with a provider after some clean days with the last budget, and as a whole when it holds back nothing any more.
 */

export type WarmupDay = { readonly budget: number; readonly sent: number; readonly deferred: number }

export const BUDGET_FIRST = 50
export const BUDGET_LAST = 100_000
/** So many clean days with the last budget end the warming with a provider. */
export const LAST_DAYS = 3
/** Of a provider that the address is warm with: as much as the column holds, which is no limit. */
const BUDGET_WARM = 2_147_483_647
const GROWTH = 1.5
const SHRINK = 0.7
/** Deferrals about us, of what was sent. */
const BAD = 0.05
const WORSE = 0.2
/** A day that used little of its budget proves nothing. */
const USED_MIN = 0.5

type Verdict = 'clean' | 'unused' | 'bad' | 'worse'

function judge({ budget, sent, deferred }: WarmupDay): Verdict {
  const share = sent === 0 ? 0 : deferred / sent
  if (share > WORSE) return 'worse'
  if (share > BAD) return 'bad'
  return sent < Math.min(budget, BUDGET_LAST) * USED_MIN ? 'unused' : 'clean'
}

export const isWarm = (budget: number): boolean => budget >= BUDGET_WARM

/** How many of the days that count for the end are behind it. @param days that sent anything, the latest first */
export function lastDaysDone(days: readonly WarmupDay[]): number {
  const proof = days.slice(0, LAST_DAYS).findIndex((day) => day.budget < BUDGET_LAST || judge(day) !== 'clean')
  return proof === -1 ? Math.min(days.length, LAST_DAYS) : proof
}

/** The budget of a day, from the days before that sent anything, the latest first. */
export function nextBudget(days: readonly WarmupDay[]): number {
  const [before] = days
  if (!before) return BUDGET_FIRST
  const verdict = judge(before)
  if (verdict === 'worse') return Math.max(BUDGET_FIRST, Math.floor(Math.min(before.budget, BUDGET_LAST) * SHRINK))
  if (verdict !== 'clean' || isWarm(before.budget)) return before.budget
  if (lastDaysDone(days) === LAST_DAYS) return BUDGET_WARM
  return Math.min(BUDGET_LAST, Math.ceil(before.budget * GROWTH))
}

/**
 * Whether an address is warm as a whole: with one provider at least, and no other holds it back. A provider that gets little mail
 * never uses up its budget, and would keep a busy address for ever at what it has outgrown.
 * @param providers their days that sent anything and are over, the latest first
 */
export function isWarmedUp(providers: readonly (readonly WarmupDay[])[]): boolean {
  const warm = (days: readonly WarmupDay[]): boolean => isWarm(nextBudget(days))
  const free = (days: readonly WarmupDay[]): boolean => days.slice(0, LAST_DAYS).every((day) => judge(day) === 'unused')
  return providers.some(warm) && providers.every((days) => warm(days) || free(days))
}
