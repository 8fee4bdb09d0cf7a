/** The circuit of a webhook: opens after failures in a row, lets one probe through at times, closes at the first success. */
import { believed } from './webhook-retry.ts'

export type Health = {
  readonly failuresInARow: number
  /** Nothing is sent before. */
  readonly openUntil: Date | null
}

export const HEALTHY: Health = { failuresInARow: 0, openUntil: null }

const OPENS_AFTER = 10
const REST_FIRST_MS = 30_000
const REST_MAX_MS = 15 * 60_000
const JITTER = 0.1

export type Circuit = 'closed' | 'open' | 'probing'

export function circuitOf({ failuresInARow, openUntil }: Health, now: Date): Circuit {
  if (openUntil && now < openUntil) return 'open'
  return failuresInARow >= OPENS_AFTER ? 'probing' : 'closed'
}

export type Failed = { readonly now: Date; readonly random: number; readonly retryAfterMs?: number | undefined }

/** A receiver that says when to come back is left alone until then. What was under way when the circuit opened tells nothing new. */
export function afterFailure(health: Health, { now, random, retryAfterMs }: Failed): Health {
  if (circuitOf(health, now) === 'open') return health
  const failuresInARow = health.failuresInARow + 1
  const restMs = Math.max(restAfter(failuresInARow), retryAfterMs === undefined ? 0 : believed(retryAfterMs))
  return { failuresInARow, openUntil: restMs === 0 ? null : new Date(now.getTime() + restMs * (1 + JITTER * random)) }
}

function restAfter(failures: number): number {
  if (failures < OPENS_AFTER) return 0
  return Math.min(REST_FIRST_MS * 2 ** Math.min(failures - OPENS_AFTER, 10), REST_MAX_MS)
}
