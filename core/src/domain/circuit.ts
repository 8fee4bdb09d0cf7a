/** The circuit of a webhook, or of a scanner: opens after failures in a row, lets one probe through at times, closes at the first success. */
import { believed } from './webhook-retry.ts'

export type Health = {
  readonly failuresInARow: number
  /** Nothing is sent before. */
  readonly openUntil: Date | null
}

export const HEALTHY: Health = { failuresInARow: 0, openUntil: null }

export type CircuitRule = {
  readonly opensAfter: number
  /** Twice as long after each probe that fails. */
  readonly restFirstMs: number
  readonly restMaxMs: number
}

const WEBHOOK: CircuitRule = { opensAfter: 10, restFirstMs: 30_000, restMaxMs: 15 * 60_000 }
const JITTER = 0.1

export type Circuit = 'closed' | 'open' | 'probing'

export function circuitOf({ failuresInARow, openUntil }: Health, now: Date, { opensAfter }: CircuitRule = WEBHOOK): Circuit {
  if (openUntil && now < openUntil) return 'open'
  return failuresInARow >= opensAfter ? 'probing' : 'closed'
}

export type Failed = { readonly now: Date; readonly random: number; readonly retryAfterMs?: number | undefined }

/** A receiver that says when to come back is left alone until then. What was under way when the circuit opened tells nothing new. */
export function afterFailure(health: Health, { now, random, retryAfterMs }: Failed, rule: CircuitRule = WEBHOOK): Health {
  if (circuitOf(health, now, rule) === 'open') return health
  const failuresInARow = health.failuresInARow + 1
  const restMs = Math.max(restAfter(failuresInARow, rule), retryAfterMs === undefined ? 0 : believed(retryAfterMs))
  return { failuresInARow, openUntil: restMs === 0 ? null : new Date(now.getTime() + restMs * (1 + JITTER * random)) }
}

function restAfter(failures: number, { opensAfter, restFirstMs, restMaxMs }: CircuitRule): number {
  if (failures < opensAfter) return 0
  return Math.min(restFirstMs * 2 ** Math.min(failures - opensAfter, 10), restMaxMs)
}
