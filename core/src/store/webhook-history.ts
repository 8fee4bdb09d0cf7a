/** What was sent to webhooks, kept for a while: pages of requests, attempts, replays, and the end of what is too old. */
import { and, asc, desc, eq, gte, lt, type SQL } from 'drizzle-orm'
import { firstIdAt } from '../domain/ids.ts'
import { PAGE_LIMIT } from './change.ts'
import type { Database } from './database.ts'
import { webhookAttempts, webhookRequests } from './schema/webhook-requests.ts'
import { select } from './select.ts'

export type WebhookRequestState = (typeof webhookRequests.$inferSelect)['state']

/** Requests are found by the time at which they were made. */
export type HistoryFilter = {
  readonly mailServerId: number
  readonly webhookId?: number
  readonly messageId?: number
  readonly state?: WebhookRequestState
  /** A name as receivers know it. */
  readonly event?: string
  readonly from?: Date
  readonly to?: Date
}

const LISTED = {
  id: webhookRequests.id,
  webhookId: webhookRequests.webhookId,
  messageId: webhookRequests.messageId,
  uuid: webhookRequests.uuid,
  event: webhookRequests.event,
  state: webhookRequests.state,
  attempts: webhookRequests.attempts,
  dueAt: webhookRequests.dueAt,
  createdAt: webhookRequests.createdAt,
}

function matching({ mailServerId, webhookId, messageId, state, event, from, to }: HistoryFilter): SQL | undefined {
  return and(
    eq(webhookRequests.mailServerId, mailServerId),
    webhookId === undefined ? undefined : eq(webhookRequests.webhookId, webhookId),
    messageId === undefined ? undefined : eq(webhookRequests.messageId, messageId),
    state && eq(webhookRequests.state, state),
    event === undefined ? undefined : eq(webhookRequests.event, event),
    from && gte(webhookRequests.id, firstIdAt(from)),
    to && lt(webhookRequests.id, firstIdAt(to)),
  )
}

/** Newest first; the next page begins before the last id of this one. */
export async function listWebhookRequests(
  db: Database,
  filter: HistoryFilter,
  { before, limit = PAGE_LIMIT }: { readonly before?: number; readonly limit?: number } = {},
) {
  return db
    .select(LISTED)
    .from(webhookRequests)
    .where(and(matching(filter), before === undefined ? undefined : lt(webhookRequests.id, before)))
    .orderBy(desc(webhookRequests.id))
    .limit(limit)
}

export async function findWebhookRequest(db: Database, mailServerId: number, uuid: string) {
  const [row] = await db
    .select({ ...LISTED, body: webhookRequests.body })
    .from(webhookRequests)
    .where(and(eq(webhookRequests.mailServerId, mailServerId), eq(webhookRequests.uuid, uuid)))
  return row
}

/** Oldest first. */
export async function listWebhookAttempts(db: Database, mailServerId: number, requestId: number) {
  return db
    .select()
    .from(webhookAttempts)
    .where(and(eq(webhookAttempts.mailServerId, mailServerId), eq(webhookAttempts.requestId, requestId)))
    .orderBy(asc(webhookAttempts.id))
}

const REPLAYED_AT_ONCE = 1_000

export type Replay = HistoryFilter & { readonly ids?: readonly number[]; readonly now: Date; readonly retryUntil: Date }

/**
 * Sends requests again, from the oldest, with the same bytes. Those that are under way stay as they are.
 * @returns how many.
 */
export async function replayWebhookRequests(db: Database, replay: Replay): Promise<number> {
  const { mailServerId, webhookId, state, event, from, to, ids, now, retryUntil } = replay
  const conditions: [string, unknown][] = [
    ['mail_server_id = ?', mailServerId],
    ['webhook_id = ?', webhookId],
    ['state = ?', state],
    ['event = ?', event],
    ['id >= ?', from && firstIdAt(from)],
    ['id < ?', to && firstIdAt(to)],
    ['id IN (?)', ids],
  ]
  const given = conditions.filter(([, value]) => value !== undefined)
  const where = given.map(([condition]) => condition).join(' AND ')
  for (let replayed = 0, last = 0; ; ) {
    const rows = await select<{ id: number }>(
      db.$client,
      `SELECT id FROM webhook_requests WHERE ${where} AND state <> 'claimed' AND id > ? ORDER BY id LIMIT ?`,
      [...given.map(([, value]) => value), last, REPLAYED_AT_ONCE],
    )
    const found = rows.map((row) => row.id)
    if (found.length === 0) return replayed
    await db.$client.query(
      "UPDATE webhook_requests SET state = 'ready', attempts = 0, due_at = ?, retry_until = ? WHERE id IN (?) AND state <> 'claimed'",
      [now, retryUntil, found],
    )
    replayed += found.length
    last = found.at(-1) ?? 0
  }
}

const PRUNED_AT_ONCE = 5_000

/** Forgets what is older and not on its way any more. @returns how many requests. */
export async function pruneWebhookHistory(db: Database, before: Date): Promise<number> {
  const id = firstIdAt(before)
  await remove(db, 'DELETE FROM webhook_attempts WHERE id < ? LIMIT ?', id)
  return remove(db, "DELETE FROM webhook_requests WHERE id < ? AND state IN ('delivered', 'dead') LIMIT ?", id)
}

async function remove(db: Database, statement: string, id: number): Promise<number> {
  for (let removed = 0; ; ) {
    const [result] = await db.$client.query(statement, [id, PRUNED_AT_ONCE])
    const count = 'affectedRows' in result ? result.affectedRows : 0
    removed += count
    if (count < PRUNED_AT_ONCE) return removed
  }
}
