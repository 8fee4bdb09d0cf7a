/** The queue: claims due entries, marks them as being sent, takes back what the dead have held. */
import type { Scope } from '../domain/message.ts'
import { statesBefore } from '../domain/queue-entry.ts'
import type { Database, Transaction } from './database.ts'
import { liveLeases } from './leases.ts'
import { inTransaction, type Statement } from './transaction.ts'

export type QueueEntry = {
  readonly messageId: number
  readonly mailServerId: number
  readonly rawMailId: number
  readonly scope: Scope
  readonly domain: string
  readonly priority: number
  readonly attempts: number
  readonly manual: boolean
  readonly uncertain: boolean
  readonly dueAt: Date
  readonly expiresAt: Date | null
  readonly createdAt: Date
}

const COLUMNS = `message_id AS messageId, mail_server_id AS mailServerId, raw_mail_id AS rawMailId, scope, domain, priority, attempts,
  manual, uncertain, due_at AS dueAt, expires_at AS expiresAt, created_at AS createdAt`

export type Claim = { readonly lease: number; readonly priority: number; readonly limit: number; readonly now: Date }

/**
 * Claims the oldest due entries of one priority. Rows another worker is claiming are stepped over, not waited for.
 * One priority at a time, because only then does the index hand them out in order of due time, whatever the queue's length.
 */
export async function claimDue(db: Database, { lease, priority, limit, now }: Claim): Promise<QueueEntry[]> {
  return inTransaction(db, async (tx) => {
    const [found] = await tx.query(
      `SELECT ${COLUMNS} FROM queue_entries WHERE state = 'ready' AND priority = ? AND due_at <= ?
       ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      [priority, now, limit],
    )
    const due = (found as unknown as QueueEntry[]).map(withBooleans) // the shape is that of the SELECT above
    if (due.length === 0) return []

    await tx.query("UPDATE queue_entries SET state = 'claimed', claimed_by = ? WHERE message_id IN (?)", [
      lease,
      due.map((entry) => entry.messageId),
    ])
    return due
  })
}

/** The driver gives tinyint(1) as numbers. */
const withBooleans = (entry: QueueEntry): QueueEntry => ({ ...entry, manual: Boolean(entry.manual), uncertain: Boolean(entry.uncertain) })

/** From here on a lost worker means an unknown outcome. */
export const sendingMark = (messageIds: readonly number[]): Statement => [
  "UPDATE queue_entries SET state = 'sending' WHERE message_id IN (?) AND state IN (?)",
  [messageIds, statesBefore('mark_sending')],
]

export const removal = (messageIds: readonly number[]): Statement => ['DELETE FROM queue_entries WHERE message_id IN (?)', [messageIds]]

export async function removeEntries(tx: Transaction, messageIds: readonly number[]): Promise<void> {
  if (messageIds.length > 0) await tx.query('DELETE FROM queue_entries WHERE message_id IN (?)', [messageIds])
}

export type Postponement = { readonly messageId: number; readonly dueAt: Date; readonly attempts: number; readonly uncertain: boolean }

/** Gives entries back to the queue, each with its own time. */
export function postponement(postponed: readonly Postponement[]): Statement {
  const each = (value: (entry: Postponement) => unknown) => postponed.flatMap((entry) => [entry.messageId, value(entry)])
  const cases = `CASE message_id ${'WHEN ? THEN ? '.repeat(postponed.length)}END`
  return [
    `UPDATE queue_entries SET state = 'ready', claimed_by = NULL, due_at = ${cases}, attempts = ${cases}, uncertain = ${cases}
     WHERE message_id IN (?)`,
    [...each((e) => e.dueAt), ...each((e) => e.attempts), ...each((e) => e.uncertain), postponed.map((entry) => entry.messageId)],
  ]
}

/** Hands entries back untouched, as at shutdown or when their site is full until a known time. */
export async function releaseEntries(db: Database, lease: number, messageIds: readonly number[], dueAt?: Date): Promise<void> {
  if (messageIds.length === 0) return
  await db.$client.query(
    `UPDATE queue_entries SET ${dueAt ? 'due_at = ?, ' : ''}state = 'ready', claimed_by = NULL WHERE message_id IN (?) AND claimed_by = ? AND state = 'claimed'`,
    [...(dueAt ? [dueAt] : []), messageIds, lease],
  )
}

/**
 * Takes back the entries of leases that are not alive. What was being sent is marked uncertain: it may have arrived.
 * @returns how many came back.
 */
export async function recoverEntries(db: Database): Promise<number> {
  const [rows] = await db.$client.query('SELECT DISTINCT claimed_by AS lease FROM queue_entries WHERE claimed_by IS NOT NULL')
  const live = new Set(await liveLeases(db)) // read after the claims: whoever holds one had its lease before
  const dead = (rows as unknown as { lease: number }[]).map((row) => row.lease).filter((lease) => !live.has(lease)) // as selected
  if (dead.length === 0) return 0
  const [result] = await db.$client.query(
    `UPDATE queue_entries SET uncertain = (uncertain OR state = 'sending'), state = 'ready', claimed_by = NULL WHERE claimed_by IN (?)`,
    [dead],
  )
  return 'affectedRows' in result ? result.affectedRows : 0
}

export type QueueSummary = {
  readonly ready: number
  readonly claimed: number
  readonly oldestDueAt: Date | null
  readonly webhooks: number
}

/** Counts come from indexes; the oldest is the first of one. */
export async function summariseQueue(db: Database): Promise<QueueSummary> {
  const [rows] = await db.$client.query(
    `SELECT (SELECT COUNT(*) FROM queue_entries WHERE state = 'ready') AS ready,
       (SELECT COUNT(*) FROM queue_entries WHERE state IN ('claimed', 'sending')) AS claimed,
       (SELECT MIN(due_at) FROM queue_entries WHERE state = 'ready' AND priority = 0) AS transactional,
       (SELECT MIN(due_at) FROM queue_entries WHERE state = 'ready' AND priority = 1) AS broadcast,
       (SELECT COUNT(*) FROM webhook_requests WHERE state IN ('ready', 'claimed')) AS webhooks`,
  )
  const [row] = rows as unknown as (Omit<QueueSummary, 'oldestDueAt'> & { transactional: Date | null; broadcast: Date | null })[] // as selected
  if (!row) return { ready: 0, claimed: 0, oldestDueAt: null, webhooks: 0 }
  const { ready, claimed, webhooks } = row
  const [oldestDueAt = null] = [row.transactional, row.broadcast].filter((at) => at !== null).sort((a, b) => a.getTime() - b.getTime())
  return { ready, claimed, oldestDueAt, webhooks }
}
