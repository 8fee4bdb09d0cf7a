/** Returns requests that nobody works on: those of dead workers, and those that we hold without knowing it. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../store/database.ts'
import { claimedWebhookRequests, recoverWebhookRequests, releaseWebhookRequests, type WebhookRequest } from '../store/webhook-requests.ts'

export type RecoverOptions = {
  readonly db: Database
  readonly lease: number
  readonly log: { readonly recovered: (count: number) => void }
  readonly onFault: (fault: unknown) => void
}

const EVERY_MS = 5_000

/** When the answer to a claim is lost with its connection, the claim may have been made all the same. */
export async function recoverRequests(
  options: RecoverOptions,
  inHand: () => readonly WebhookRequest[],
  signal: AbortSignal,
): Promise<void> {
  const { db, lease, log, onFault } = options
  let strange = new Set<number>()
  const look = async (): Promise<void> => {
    const count = await recoverWebhookRequests(db)
    if (count > 0) log.recovered(count)
    const claimed = await claimedWebhookRequests(db, lease)
    const known = new Set(inHand().map((request) => request.id))
    const unknown = claimed.filter((id) => !known.has(id))
    const stray = unknown.filter((id) => strange.has(id)) // seen twice: not just on their way to or from a lane
    strange = new Set(unknown)
    await releaseWebhookRequests(db, lease, stray)
  }
  while (!signal.aborted) {
    await look().catch(onFault)
    await wait(EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}
