/** What follows a delivery attempt: done, another try, or giving up. RFC 5321 §4.5.4.1 */
import type { Outcome } from './delivery.ts'

export type NextStep = { kind: 'finish'; status: 'sent' | 'hard_failed' } | { kind: 'retry'; at: Date }

const ATTEMPTS_MAX = 18
const WAIT_FIRST_MS = 5 * 60_000
const WAIT_GROWTH = 1.3
/** A newsletter gains nothing by haste, and its tries take the place of others at the site. */
const BROADCAST_WAIT_MIN_MS = 30 * 60_000
/** A remote server that asks for more than this is not believed. */
const ASKED_WAIT_MAX_MS = 4 * 3_600_000
/** From then on it may ask us to wait longer, not to come sooner: who says "in a minute" each time would use up all attempts within the hour. */
const HURRIED_MAX = 3

export type Chance = { now: Date; random: number }

/** Whose schedule: 0 transactional, as Postal has it; more for broadcast. */
export type Stream = { readonly priority: number }

/** Pure: the clock and the dice belong to the caller. `attempts` counts those made before this one. */
export function nextStep(
  outcome: Pick<Outcome, 'kind' | 'retryAfterMs'>,
  { attempts, priority }: Stream & { readonly attempts: number },
  chance: Chance,
  attemptsMax = ATTEMPTS_MAX,
): NextStep {
  if (outcome.kind === 'sent') return { kind: 'finish', status: 'sent' }
  if (outcome.kind === 'hard_fail' || attempts >= attemptsMax) return { kind: 'finish', status: 'hard_failed' }

  const tableMs = WAIT_FIRST_MS * WAIT_GROWTH ** attempts
  const usualMs = priority > 0 ? Math.max(tableMs, BROADCAST_WAIT_MIN_MS) : tableMs
  const askedMs = Math.min(outcome.retryAfterMs ?? usualMs, Math.max(ASKED_WAIT_MAX_MS, usualMs))
  const waitMs = attempts < HURRIED_MAX ? askedMs : Math.max(askedMs, usualMs)
  const jitterMs = waitMs * 0.1 * chance.random // so that a restart does not retry everything at once
  return { kind: 'retry', at: new Date(chance.now.getTime() + waitMs + jitterMs) }
}
