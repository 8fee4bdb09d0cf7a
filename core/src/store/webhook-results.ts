/** Writes what came of webhook requests: attempts for the history, and what follows for the request, many at a time. */
import type { Database, Transaction } from './database.ts'
import { select } from './select.ts'
import { inTransaction } from './transaction.ts'
import type { Signatures } from './webhook-requests.ts'

export type WebhookAttempt = {
  readonly id: number
  readonly mailServerId: number
  readonly webhookId: number
  readonly requestId: number
  readonly attempt: number
  readonly url: string
  /** HTTP status; -1 time-out, -2 connection or DNS, -3 TLS. */
  readonly statusCode: number
  readonly ms: number
  readonly responseBody: string
  readonly willRetry: boolean
  readonly createdAt: Date
}

/** Ids are made by the caller, so that a repeated transaction writes the same rows. */
export type WebhookResult = {
  readonly attempt: WebhookAttempt
  readonly delivered: boolean
  /** Null when it is delivered or given up. */
  readonly retryAt: Date | null
  readonly signatures: Signatures
  /** Requests of the same message that wait behind it. */
  readonly behind: readonly number[]
}

/** Records results of those requests that the lease still holds; the others are somebody else's now, or were dropped. */
export async function writeWebhookResults(db: Database, lease: number, results: readonly WebhookResult[]): Promise<void> {
  await inTransaction(db, async (tx) => {
    const ids = results.flatMap(({ attempt, behind }) => [attempt.requestId, ...behind])
    const held = await lockHeldRequests(tx, lease, ids)
    const ours = results.filter(({ attempt }) => held.has(attempt.requestId))
    if (ours.length === 0) return
    await insertAttempts(
      tx,
      ours.map((result) => result.attempt),
    )
    await finish(tx, 'delivered', ours)
    await finish(tx, 'dead', ours)
    for (const result of ours) if (result.retryAt) await postpone(tx, result, result.retryAt, held)
  })
}

async function lockHeldRequests(tx: Transaction, lease: number, ids: readonly number[]): Promise<Set<number>> {
  const rows = await select<{ id: number }>(
    tx,
    'SELECT id FROM webhook_requests WHERE id IN (?) AND claimed_by = ? ORDER BY id FOR UPDATE',
    [ids, lease],
  )
  return new Set(rows.map((row) => row.id))
}

async function insertAttempts(tx: Transaction, attempts: readonly WebhookAttempt[]): Promise<void> {
  await tx.query(
    `INSERT INTO webhook_attempts
       (id, mail_server_id, webhook_id, request_id, attempt, url, status_code, ms, response_body, will_retry, created_at) VALUES ?`,
    [
      attempts.map((a) => [
        ...[a.id, a.mailServerId, a.webhookId, a.requestId, a.attempt, a.url],
        ...[a.statusCode, a.ms, a.responseBody, a.willRetry, a.createdAt],
      ]),
    ],
  )
}

async function finish(tx: Transaction, state: 'delivered' | 'dead', results: readonly WebhookResult[]): Promise<void> {
  const done = results.filter(({ delivered, retryAt }) => (state === 'delivered' ? delivered : !delivered && !retryAt))
  if (done.length === 0) return
  await tx.query('UPDATE webhook_requests SET state = ?, claimed_by = NULL, attempts = attempts + 1 WHERE id IN (?)', [
    state,
    done.map(({ attempt }) => attempt.requestId),
  ])
}

async function postpone(
  tx: Transaction,
  { attempt, signatures, behind }: WebhookResult,
  retryAt: Date,
  held: ReadonlySet<number>,
): Promise<void> {
  await tx.query(
    "UPDATE webhook_requests SET state = 'ready', claimed_by = NULL, attempts = attempts + 1, due_at = ?, signatures = ? WHERE id = ?",
    [retryAt, JSON.stringify(signatures), attempt.requestId],
  )
  const waiting = behind.filter((id) => held.has(id))
  if (waiting.length > 0)
    await tx.query("UPDATE webhook_requests SET state = 'ready', claimed_by = NULL, due_at = ? WHERE id IN (?)", [retryAt, waiting])
}
