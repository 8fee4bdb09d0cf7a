/** Keeps the lease of this process alive, and stops everything that depends on it when it is lost. */
import type { NewId } from '../domain/ids.ts'
import type { Logger } from '../observe/logger.ts'
import type { Database } from '../store/database.ts'
import { LEASE_MS, type Lease, renewLease } from '../store/leases.ts'

const RENEW_EVERY_MS = 5_000

export type KeptLease = {
  /** Refuses to make ids while the lease may have passed on, as after a long pause of the process. */
  readonly guard: (newId: NewId) => NewId
  readonly stop: () => void
}

export type KeepLeaseOptions = {
  readonly db: Database
  readonly lease: Lease
  readonly log: Logger
  /** Another process holds our node: nothing may be written any more. */
  readonly onLost: (fault: Error) => void
}

export function keepLease({ db, lease, log, onLost }: KeepLeaseOptions): KeptLease {
  let renewedAt = performance.now()
  const renew = async (): Promise<void> => {
    const asked = performance.now()
    try {
      if (await renewLease(db, lease)) renewedAt = asked
      else onLost(new Error(`lease ${lease.lease} of node ${lease.node} was taken over`))
    } catch (fault) {
      log.warn({ event: 'lease.not_renewed', error: fault }, 'Lease not renewed')
    }
  }
  const timer = setInterval(() => void renew(), RENEW_EVERY_MS)
  return {
    guard: (newId) => () => {
      if (performance.now() - renewedAt > LEASE_MS)
        throw new Error(`lease ${lease.lease} of node ${lease.node} has not been renewed in time`)
      return newId()
    },
    stop: () => clearInterval(timer),
  }
}
