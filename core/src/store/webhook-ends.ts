/** How webhook requests end without being delivered: their webhook is gone or switched off, or their time is over. */
import type { Database } from './database.ts'

const ROWS_MAX = 1_000

/** Those on their way to a webhook that was deleted. Repeat while it answers `true`. */
export async function dropWebhookRequests(db: Database, webhookId: number): Promise<boolean> {
  return ended(db, "DELETE FROM webhook_requests WHERE state = 'ready' AND webhook_id = ? LIMIT ?", [webhookId, ROWS_MAX])
}

/** Those on their way to a webhook that was switched off: they are not sent, and can be replayed. Repeat while it answers `true`. */
export async function buryWebhookRequests(db: Database, webhookId: number): Promise<boolean> {
  return ended(db, "UPDATE webhook_requests SET state = 'dead' WHERE state = 'ready' AND webhook_id = ? LIMIT ?", [webhookId, ROWS_MAX])
}

/** Those that waited so long behind an open circuit that their time is over. Repeat while it answers `true`. */
export async function expireWebhookRequests(db: Database, webhookId: number, now: Date, waitMax: number): Promise<boolean> {
  const dueBefore = new Date(now.getTime() - waitMax) // lets the index find them
  return ended(
    db,
    "UPDATE webhook_requests SET state = 'dead' WHERE state = 'ready' AND webhook_id = ? AND due_at <= ? AND retry_until <= ? LIMIT ?",
    [webhookId, dueBefore, now, ROWS_MAX],
  )
}

async function ended(db: Database, statement: string, values: readonly unknown[]): Promise<boolean> {
  const [result] = await db.$client.query(statement, [...values])
  return 'affectedRows' in result && result.affectedRows === ROWS_MAX
}
