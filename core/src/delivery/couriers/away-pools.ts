/**
 * Which pools of a site cannot be reached, although the site may be. What keeps a domain away from its hosts is often its own doing: a policy
 * that they do not fulfil, or a host of its own that a large provider has given up. Other domains at the site must not suffer for it.
 */
import type { FailedHost } from '../../domain/smtp-outcome.ts'
import type { SmtpFault } from '../../domain/smtp-reply.ts'

export type AwayPools = {
  /** What was found last, while the pool is away; whoever finds the time come gets undefined, and is the probe. */
  readonly refusal: (pool: string) => readonly FailedHost[] | undefined
  /** The same, for those who have waited and are no probe. */
  readonly away: (pool: string) => readonly FailedHost[] | undefined
  readonly failed: (pool: string, failures: readonly FailedHost[], probeEveryMs: number) => void
  readonly reached: (pool: string) => void
}

/** So many failures in a row, as for a site. */
export const FAILURES_MAX = 3
/** Whoever can make domains could make any number of pools. */
const POOLS_MAX = 1_000

type Pool = { readonly failures: readonly FailedHost[]; readonly inARow: number; probeAt: number; everyMs: number }

export function createAwayPools(clock: () => Date): AwayPools {
  const pools = new Map<string, Pool>()
  const find = (name: string): Pool | undefined => {
    const pool = pools.get(name)
    return pool && pool.inARow >= FAILURES_MAX ? pool : undefined
  }
  return {
    refusal: (name) => {
      const pool = find(name)
      const now = clock().getTime()
      if (!pool || now < pool.probeAt) return pool?.failures
      pool.probeAt = now + pool.everyMs
      return undefined
    },
    away: (name) => find(name)?.failures,
    failed: (name, failures, everyMs) => {
      const inARow = (pools.get(name)?.inARow ?? 0) + 1
      pools.delete(name)
      pools.set(name, { failures, inARow, probeAt: clock().getTime() + everyMs, everyMs })
      const oldest = pools.keys().next()
      if (pools.size > POOLS_MAX && !oldest.done) pools.delete(oldest.value)
    },
    reached: (name) => void pools.delete(name),
  }
}

/**
 * Which failures tell of a site as a whole: all, where the site has nobody's wishes but its own; else those to connect, because what a
 * policy demands is about its domain; at a provider, whose customers have hosts of their own there, only what is said to us.
 */
export type Telling = 'all' | 'connections' | 'replies'

export const isAboutSite = (failures: readonly FailedHost[], tells: Telling): boolean =>
  tells === 'all' || failures.every(({ result }) => result.kind === 'reply' || (tells === 'connections' && !isPolicy(result)))

const isPolicy = ({ reason }: SmtpFault): boolean => reason === 'tls' || reason === 'forbidden'
