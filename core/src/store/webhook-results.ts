/** Writes what came of webhook requests: attempts for the history, and what follows for the request, many at a time. */
import type { KeptHeader } from '../domain/kept-headers.ts'
import type { Database } from './database.ts'
import { lockAndWrite, type Statement } from './transaction.ts'
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
  readonly requestHeaders: readonly KeptHeader[]
  readonly responseHeaders: readonly KeptHeader[]
  readonly willRetry: boolean
  readonly createdAt: Date
}

/** Ids are made by the caller, so that a repeated transaction writes the same rows. */
export type WebhookResult = {
  readonly attempt: WebhookAttempt
  readonly delivered: boolean
  /** Null when it is delivered or given up. */
  readonly retryAt: Date | null
  /** Kept for the next attempt, which sends the same bytes. */
  readonly signatures: Signatures | null
  /** Requests of the same message that wait behind it. */
  readonly behind: readonly number[]
}

/** Records results of those requests that the lease still holds; the others are somebody else's now, or were dropped. */
export async function writeWebhookResults(db: Database, lease: number, results: readonly WebhookResult[]): Promise<void> {
  const ids = results.flatMap(({ attempt, behind }) => [attempt.requestId, ...behind])
  await lockAndWrite<{ id: number }, undefined>(db, {
    lock: [['SELECT id FROM webhook_requests WHERE id IN (?) AND claimed_by = ? ORDER BY id FOR UPDATE', [ids, lease]]],
    decide: (rows) => {
      const held = new Set(rows.map((row) => row.id))
      const ours = results.filter(({ attempt }) => held.has(attempt.requestId))
      return { statements: recording(ours, held), answer: undefined }
    },
  })
}

function recording(results: readonly WebhookResult[], held: ReadonlySet<number>): Statement[] {
  if (results.length === 0) return []
  return [
    insertion(results.map((result) => result.attempt)),
    ...finish('delivered', results),
    ...finish('dead', results),
    ...results.flatMap((result) => (result.retryAt ? postponing(result, result.retryAt, held) : [])),
  ]
}

const insertion = (attempts: readonly WebhookAttempt[]): Statement => [
  `INSERT INTO webhook_attempts
     (id, mail_server_id, webhook_id, request_id, attempt, url, status_code, ms, response_body, request_headers, response_headers, will_retry,
      created_at) VALUES ?`,
  [
    attempts.map((a) => [
      ...[a.id, a.mailServerId, a.webhookId, a.requestId, a.attempt, a.url],
      ...[a.statusCode, a.ms, a.responseBody, JSON.stringify(a.requestHeaders), JSON.stringify(a.responseHeaders)],
      ...[a.willRetry, a.createdAt],
    ]),
  ],
]

function finish(state: 'delivered' | 'dead', results: readonly WebhookResult[]): Statement[] {
  const done = results.filter(({ delivered, retryAt }) => (state === 'delivered' ? delivered : !delivered && !retryAt))
  if (done.length === 0) return []
  const ids = done.map(({ attempt }) => attempt.requestId)
  return [['UPDATE webhook_requests SET state = ?, claimed_by = NULL, attempts = attempts + 1 WHERE id IN (?)', [state, ids]]]
}

function postponing({ attempt, signatures, behind }: WebhookResult, retryAt: Date, held: ReadonlySet<number>): Statement[] {
  const waiting = behind.filter((id) => held.has(id))
  return [
    [
      "UPDATE webhook_requests SET state = 'ready', claimed_by = NULL, attempts = attempts + 1, due_at = ?, signatures = ? WHERE id = ?",
      [retryAt, signatures && JSON.stringify(signatures), attempt.requestId],
    ],
    ...(waiting.length === 0
      ? []
      : [["UPDATE webhook_requests SET state = 'ready', claimed_by = NULL, due_at = ? WHERE id IN (?)", [retryAt, waiting]] as const]),
  ]
}
