/** Refuses AUTH to addresses and networks that failed too often, in agreement with all other processes. */

import { cached } from '../store/cache.ts'
import { findBlock, recordFailure } from '../store/throttles.ts'
import type { Deps, SmtpSettings } from './deps.ts'
import { neighbourhood } from './networks.ts'

const AUTH_THROTTLE_KIND = 'smtp_auth'
/** A network holds many clients, and so may fail more often. */
const NETWORK_FACTOR = 5
/** How long a lifted block may still be felt, and a new one not yet. */
const KNOWN_MS = 2_000
const ENTRIES_MAX = 10_000

export type AuthThrottle = {
  readonly isBlocked: (ip: string) => Promise<boolean>
  readonly failed: (ip: string) => Promise<void>
}

export function createAuthThrottle({ db, clock }: Pick<Deps, 'db' | 'clock'>, rule: SmtpSettings['authThrottle']): AuthThrottle {
  const blocked = cached<string, boolean>({
    load: async (ip) => {
      const { address, network } = neighbourhood(ip)
      return (await findBlock(db, AUTH_THROTTLE_KIND, [address, network], clock())) !== undefined
    },
    ttlMs: KNOWN_MS,
    entriesMax: ENTRIES_MAX,
    clock,
  })
  return {
    isBlocked: blocked,
    failed: async (ip) => {
      const { address, network } = neighbourhood(ip)
      const forNetwork = { ...rule, failuresMax: rule.failuresMax * NETWORK_FACTOR }
      await recordFailure(db, { kind: AUTH_THROTTLE_KIND, subject: address }, rule, clock())
      await recordFailure(db, { kind: AUTH_THROTTLE_KIND, subject: network }, forNetwork, clock())
    },
  }
}
