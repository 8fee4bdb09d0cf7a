/** Holds credentials that have a limit to their calls a minute. Each process counts for itself. */
import type { Credential } from '../../store/directory.ts'

const MINUTE_MS = 60_000
const CREDENTIALS_MAX = 10_000

type Bucket = { tokens: number; at: number }

/** In how many seconds the next call may come; undefined when this one may. */
export type RateLimit = (credential: Pick<Credential, 'id' | 'callsPerMinute'>) => number | undefined

/** A bucket of one minute's calls that fills evenly: bursts pass, a steady excess does not. */
export function createRateLimit(clock: () => Date): RateLimit {
  const buckets = new Map<number, Bucket>()
  return ({ id, callsPerMinute }) => {
    if (callsPerMinute === null) return undefined
    const now = clock().getTime()
    const { tokens, at } = buckets.get(id) ?? { tokens: callsPerMinute, at: now }
    const filled = Math.min(callsPerMinute, tokens + ((now - at) / MINUTE_MS) * callsPerMinute)
    if (buckets.size >= CREDENTIALS_MAX) buckets.clear()
    buckets.set(id, { tokens: filled >= 1 ? filled - 1 : filled, at: now })
    if (filled >= 1) return undefined
    const waitMs = callsPerMinute > 0 ? ((1 - filled) / callsPerMinute) * MINUTE_MS : MINUTE_MS
    return Math.ceil(waitMs / 1000)
  }
}
