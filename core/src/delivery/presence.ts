/** Says which addresses the machine of this worker has, again and again, so that people and other workers know. */
import { REPORT_EVERY_MS } from '../domain/presence.ts'
import type { Database } from '../store/database.ts'
import { putWorkerAddresses, removeWorkerAddresses } from '../store/worker-addresses.ts'

export type PresenceOptions = {
  readonly db: Database
  /** Whose row it is. */
  readonly node: number
  /** As people call it. */
  readonly machine: string
  readonly clock: () => Date
  readonly localAddresses: () => ReadonlySet<string>
  readonly onFault: (fault: unknown) => void
  readonly everyMs?: number
}

/** Begins at once. Disposing takes back what was said. */
export function reportPresence(options: PresenceOptions): AsyncDisposable {
  const { db, node, machine, clock, localAddresses, onFault, everyMs = REPORT_EVERY_MS } = options
  const report = () => putWorkerAddresses(db, node, { machine, addresses: localAddresses(), seenAt: clock() }).catch(onFault)
  let reported = report()
  const timer = setInterval(() => {
    reported = report()
  }, everyMs)
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await reported // or it would be said once more
      await removeWorkerAddresses(db, node).catch(onFault)
    },
  }
}
