/** Writes to the webhooks how their receivers do, for other workers and for the owner to see. */
import type { Database } from '../store/database.ts'
import { writeWebhookHealth } from '../store/webhook-targets.ts'
import { sameHealth } from './lane.ts'
import type { KeptLane, Lanes } from './lanes.ts'

/** That a webhook is in use is worth a write only now and then. */
const USED_EVERY_MS = 5_000

/** What has changed; with `all`, also the last use of webhooks that were used just now. */
export async function publishHealth(lanes: Lanes, { db, now, all }: { db: Database; now: number; all: boolean }): Promise<void> {
  for (const [id, kept] of lanes) {
    if (!hasChanged(kept) && !(isUsed(kept) && (all || now - kept.usedWrittenAt > USED_EVERY_MS))) continue
    const { failuresInARow, openUntil } = kept.lane.health()
    const change = { failuresInARow, openUntil, lastUsedAt: kept.usedAt }
    await writeWebhookHealth(db, { id, ...change, now: new Date(now) })
    kept.usedWrittenAt = now
    kept.lane.published(change)
  }
}

const hasChanged = ({ lane }: KeptLane): boolean => !sameHealth(lane.health(), lane.target())

const isUsed = ({ lane, usedAt }: KeptLane): boolean => usedAt?.getTime() !== lane.target().lastUsedAt?.getTime()
