/** What people do to messages, as statements: each makes a move of `domain/queue-entry.ts` and nothing else. */
import type { MessageStatus, Scope } from '../domain/message.ts'
import { type EntryState, type QueueState, statesBefore } from '../domain/queue-entry.ts'
import type { Database, Transaction } from './database.ts'
import { select } from './select.ts'

export type Standing = {
  readonly id: number
  readonly mailServerId: number
  readonly rawMailId: number
  readonly scope: Scope
  readonly status: MessageStatus
  readonly rcptTo: string
  readonly entry: EntryState
}

/** These messages of one mail server, locked with their entries until the transaction ends. Strangers' are not in the map. */
export async function lockMessages(tx: Transaction, mailServerId: number, ids: readonly number[]): Promise<Map<number, Standing>> {
  if (ids.length === 0) return new Map()
  // Entries before messages, in order of id, as the workers' ledger locks them.
  const entries = await lockEntries(tx, mailServerId, ids)
  const messages = await select<Omit<Standing, 'entry'>>(
    tx,
    `SELECT id, mail_server_id AS mailServerId, raw_mail_id AS rawMailId, scope, status, rcpt_to AS rcptTo
     FROM messages WHERE id IN (?) AND mail_server_id = ? ORDER BY id FOR UPDATE`,
    [ids, mailServerId],
  )
  // Whoever held a message while we waited for it may have queued it, and nothing keeps a place where there was no entry.
  const missing = messages.filter(({ id }) => !entries.has(id)).map(({ id }) => id)
  const queuedMeanwhile = missing.length > 0 ? await lockEntries(tx, mailServerId, missing) : new Map<number, QueueState>()
  const entryOf = (id: number): EntryState => entries.get(id) ?? queuedMeanwhile.get(id) ?? 'gone'
  return new Map(messages.map((message) => [message.id, { ...message, entry: entryOf(message.id) }]))
}

async function lockEntries(tx: Transaction, mailServerId: number, ids: readonly number[]): Promise<Map<number, QueueState>> {
  const rows = await select<{ id: number; state: QueueState }>(
    tx,
    'SELECT message_id AS id, state FROM queue_entries WHERE message_id IN (?) AND mail_server_id = ? ORDER BY message_id FOR UPDATE',
    [ids, mailServerId],
  )
  return new Map(rows.map((row) => [row.id, row.state]))
}

export type NewEntry = Pick<Standing, 'id' | 'mailServerId' | 'rawMailId' | 'scope'> & { readonly domain: string }

/** Back into the queue at a person's wish. An entry that somebody else has made in the meantime stays as it is. */
export async function queueAgain(tx: Transaction, entries: readonly NewEntry[], now: Date): Promise<void> {
  if (entries.length === 0) return
  await tx.query(
    `INSERT IGNORE INTO queue_entries (message_id, mail_server_id, raw_mail_id, scope, domain, due_at, manual, created_at) VALUES ?`,
    [entries.map((entry) => [entry.id, entry.mailServerId, entry.rawMailId, entry.scope, entry.domain, now, true, now])],
  )
}

export async function withdrawEntries(tx: Transaction, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await tx.query('DELETE FROM queue_entries WHERE message_id IN (?) AND state IN (?)', [ids, statesBefore('withdraw')])
}

export async function hastenEntries(tx: Transaction, ids: readonly number[], now: Date): Promise<void> {
  if (ids.length === 0) return
  await tx.query('UPDATE queue_entries SET due_at = ? WHERE message_id IN (?) AND state IN (?)', [now, ids, statesBefore('hasten')])
}

/** Held messages of a mail server whose time is over and that nobody has released. */
export async function findExpiredHolds(
  db: Database,
  { mailServerId, now, limit }: { mailServerId: number; now: Date; limit: number },
): Promise<number[]> {
  const rows = await select<{ id: number }>(
    db.$client,
    `SELECT id FROM messages WHERE mail_server_id = ? AND status = 'held' AND hold_expires_at <= ?
       AND NOT EXISTS (SELECT 1 FROM queue_entries WHERE message_id = messages.id) ORDER BY id LIMIT ?`,
    [mailServerId, now, limit],
  )
  return rows.map((row) => row.id)
}
