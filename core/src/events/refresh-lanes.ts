/** Keeps lanes as their webhooks are: opens them, follows settings, ends what cannot be delivered any more, forgets the unused. */
import { RETRY_FOR_MS } from '../domain/webhook-retry.ts'
import { buryWebhookRequests, dropWebhookRequests, expireWebhookRequests } from '../store/webhook-ends.ts'
import { readWebhookTargets, type WebhookTarget } from '../store/webhook-targets.ts'
import { type KeptLane, type Lanes, type LanesOptions, openLane, updateLane } from './lanes.ts'

/** How old settings may be: a webhook that is switched off gets nothing more after this. */
const FRESH_MS = 1_000
const EXPIRE_EVERY_MS = 60_000
const FORGET_AFTER_MS = 10 * 60_000

/** @param due webhooks that have requests which could be sent */
export async function refreshLanes(lanes: Lanes, due: readonly number[], options: LanesOptions): Promise<void> {
  const now = options.clock().getTime()
  const old = needed(lanes, due).filter((id) => now - (lanes.get(id)?.readAt ?? 0) > FRESH_MS)
  const targets = await readWebhookTargets(options.db, old)
  for (const id of old) await follow(lanes, id, targets.get(id), options)
  for (const id of due) await touch(lanes.get(id), options)
  for (const [id, kept] of lanes) if (now - kept.neededAt > FORGET_AFTER_MS && kept.lane.lines.count().requests === 0) lanes.delete(id)
}

function needed(lanes: Lanes, due: readonly number[]): number[] {
  const busy = [...lanes].flatMap(([id, { lane }]) => (lane.lines.count().requests > 0 ? [id] : []))
  return [...new Set([...due, ...busy])]
}

async function follow(lanes: Lanes, id: number, target: WebhookTarget | undefined, options: LanesOptions): Promise<void> {
  const kept = lanes.get(id)
  if (target?.enabled) {
    if (kept) updateLane(kept, target, options)
    else openLane(lanes, target, options)
    return
  }
  options.release(kept?.lane.lines.drain() ?? [])
  lanes.delete(id)
  await (target ? buryWebhookRequests(options.db, id) : dropWebhookRequests(options.db, id))
}

/** Only what waits behind an open circuit can grow so old untried. */
async function touch(kept: KeptLane | undefined, { db, clock }: LanesOptions): Promise<void> {
  if (!kept) return
  const now = clock()
  kept.neededAt = now.getTime()
  if (kept.lane.circuit(now) === 'closed' || now.getTime() - kept.expiredAt < EXPIRE_EVERY_MS) return
  kept.expiredAt = now.getTime()
  await expireWebhookRequests(db, kept.lane.target().id, now, RETRY_FOR_MS)
}
