/** Removes requests and attempts of webhooks that are older than the operator keeps them. */
import type { Database } from '../store/database.ts'
import { pruneWebhookHistory } from '../store/webhook-history.ts'
import type { Task } from './schedule.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export const pruneWebhooks = (db: Database, clock: () => Date, days: number): Task => ({
  name: 'prune_webhook_history',
  everyMs: HOUR_MS,
  run: async () => {
    const removed = await pruneWebhookHistory(db, new Date(clock().getTime() - days * DAY_MS))
    return removed > 0 ? `${removed} webhook requests` : undefined
  },
})
