/** When a webhook request is tried again: first as Postal's receivers know it, then ever later, for 72 hours. */

const MINUTE_MS = 60_000
export const RETRY_FOR_MS = 72 * 60 * MINUTE_MS
/** The first five are Postal's; the last one repeats. */
const WAITS_MS = [2, 3, 6, 10, 15, 30, 60, 120, 240].map((minutes) => minutes * MINUTE_MS)
const WAIT_LAST_MS = 240 * MINUTE_MS
/** A receiver that asks for less or more than this is not believed. */
const ASKED_MIN_MS = 1_000
const ASKED_MAX_MS = 4 * 60 * MINUTE_MS
const JITTER = 0.1

/**
 * While a request has failed no more often than this, later ones of its message wait behind it. After that it is the request
 * rather than the receiver that does not work, and the others may pass. Postal would have dropped it by now.
 */
const HOLDS_BACK_ATTEMPTS = 6

export const holdsBack = (attempts: number): boolean => attempts < HOLDS_BACK_ATTEMPTS

export type Tried = {
  /** Those that were made, this one included. */
  readonly attempts: number
  readonly retryUntil: Date
  /** What the receiver asked for. */
  readonly retryAfterMs?: number | undefined
}

/** Null when it is given up. The last try is at the very end of the time. */
export function nextTry({ attempts, retryUntil, retryAfterMs }: Tried, { now, random }: { now: Date; random: number }): Date | null {
  if (now >= retryUntil) return null
  const wait = retryAfterMs === undefined ? (WAITS_MS[attempts - 1] ?? WAIT_LAST_MS) : believed(retryAfterMs)
  const at = now.getTime() + wait * (1 + JITTER * random) // so that an outage does not end in one great wave
  return new Date(Math.min(at, retryUntil.getTime()))
}

export const believed = (askedMs: number): number => Math.min(Math.max(askedMs, ASKED_MIN_MS), ASKED_MAX_MS)
