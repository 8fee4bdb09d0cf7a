/** The queue: claims due entries, marks them as being sent, takes back what the dead have held. */
import type { Scope } from '../domain/message.ts'
import { statesBefore } from '../domain/queue-entry.ts'
import type { Database, Transaction } from './database.ts'
import { liveLeases } from './leases.ts'
import { select } from './select.ts'
import { lockAndWrite, type Statement } from './transaction.ts'

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
  /** Counted against the send limit already. */
  readonly counted: boolean
  readonly dueAt: Date
  readonly expiresAt: Date | null
  readonly createdAt: Date
}

const COLUMNS = `message_id AS messageId, mail_server_id AS mailServerId, raw_mail_id AS rawMailId, scope, domain, priority, attempts,
  manual, uncertain, counted, due_at AS dueAt, expires_at AS expiresAt, created_at AS createdAt`

export type Claim = {
  readonly lease: number
  readonly priority: number
  readonly limit: number
  readonly now: Date
  /** Mail servers take turns from claim to claim: the first to come is the one after this. */
  readonly after?: number
}

/** Each costs a look of its own; the others come in the next claims. */
const MAIL_SERVERS_PER_CLAIM = 20

/**
 * Claims due entries of one priority, the oldest of each mail server, with an equal share for each of those that have any: a
 * broadcast of one never stands before the single mail of another. Rows another worker is claiming are stepped over, not waited for.
 */
export async function claimDue(db: Database, { lease, ...claim }: Claim): Promise<QueueEntry[]> {
  const { priority, limit, now } = claim
  const turn = await dueMailServers(db, { ...claim, limit: Math.min(limit, MAIL_SERVERS_PER_CLAIM) })
  if (turn.length === 0) return []
  const share = Math.ceil(limit / turn.length)
  return lockAndWrite<QueueEntry, QueueEntry[]>(db, {
    lock: turn.map((id) => [
      `SELECT ${COLUMNS} FROM queue_entries FORCE INDEX (queue_entries_due)
       WHERE claimed_by IS NULL AND priority = ? AND mail_server_id = ? AND due_at <= ? ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      [priority, id, now, share],
    ]),
    decide: (found) => ({ statements: found.length > 0 ? [claimOf(lease, found)] : [], answer: found.map(withBooleans) }),
  })
}

const claimOf = (lease: number, entries: readonly QueueEntry[]): Statement => [
  "UPDATE queue_entries SET state = 'claimed', claimed_by = ? WHERE message_id IN (?)",
  [lease, entries.map((entry) => entry.messageId)],
]

/**
 * Two looks into the index for each mail server that has entries, however many entries it has: the server goes from each to the
 * next. For a GROUP BY, or for a comparison with a column, MariaDB would read the index from end to end.
 */
const DUE_MAIL_SERVERS = `BEGIN NOT ATOMIC
  DECLARE place BIGINT UNSIGNED DEFAULT ?;
  DECLARE found INT DEFAULT 0;
  DECLARE ids MEDIUMTEXT CHARACTER SET ascii DEFAULT '';
  walk: LOOP
    SET place = (SELECT mail_server_id FROM queue_entries FORCE INDEX (queue_entries_due)
      WHERE claimed_by IS NULL AND priority = ? AND mail_server_id > place ORDER BY mail_server_id LIMIT 1);
    IF place IS NULL OR found >= ? THEN LEAVE walk; END IF;
    IF (SELECT due_at FROM queue_entries FORCE INDEX (queue_entries_due)
      WHERE claimed_by IS NULL AND priority = ? AND mail_server_id = place ORDER BY due_at LIMIT 1) <= ? THEN
      SET ids = CONCAT(ids, place, ','), found = found + 1;
    END IF;
  END LOOP;
  SELECT ids;
END`

/** Those with due entries in order of id, the first after the last of the claim before. */
async function dueMailServers(db: Database, { priority, now, after = 0, limit }: Omit<Claim, 'lease'>): Promise<number[]> {
  const walk = async (from: number): Promise<number[]> => {
    const [sets] = await db.$client.query(DUE_MAIL_SERVERS, [from, priority, limit, priority, now])
    const [[row]] = sets as unknown as [[{ ids: string }]] // the one row of the one SELECT
    return row.ids.split(',').filter(Boolean).map(Number)
  }
  const later = await walk(after)
  if (after === 0 || later.length >= limit) return later
  return [...later, ...(await walk(0)).filter((id) => id <= after)].slice(0, limit)
}

/** The driver gives tinyint(1) as numbers. */
const withBooleans = (entry: QueueEntry): QueueEntry => ({
  ...entry,
  manual: Boolean(entry.manual),
  uncertain: Boolean(entry.uncertain),
  counted: Boolean(entry.counted),
})

/** From here on a lost worker means an unknown outcome. */
export const sendingMark = (messageIds: readonly number[]): Statement => [
  "UPDATE queue_entries SET state = 'sending' WHERE message_id IN (?) AND state IN (?)",
  [messageIds, statesBefore('mark_sending')],
]

export const removal = (messageIds: readonly number[]): Statement => ['DELETE FROM queue_entries WHERE message_id IN (?)', [messageIds]]

export async function removeEntries(tx: Transaction, messageIds: readonly number[]): Promise<void> {
  if (messageIds.length > 0) await tx.query('DELETE FROM queue_entries WHERE message_id IN (?)', [messageIds])
}

export type Postponement = {
  readonly messageId: number
  readonly dueAt: Date
  readonly attempts: number
  readonly uncertain: boolean
  /** It has been counted against the send limit. */
  readonly counted?: boolean
}

export type GivenBack = { readonly messageId: number; readonly dueAt: Date }

/** Nothing was tried, so nothing is counted: they only come back later. */
export const givingBack = (entries: readonly GivenBack[]): Statement => [
  `UPDATE queue_entries SET state = 'ready', claimed_by = NULL, due_at = CASE message_id ${'WHEN ? THEN ? '.repeat(entries.length)}END
   WHERE message_id IN (?) AND state IN (?)`,
  [...entries.flatMap((e) => [e.messageId, e.dueAt]), entries.map((e) => e.messageId), statesBefore('give_back')],
]

/** Gives entries back to the queue, each with its own time. */
export function postponement(postponed: readonly Postponement[]): Statement {
  const each = (value: (entry: Postponement) => unknown) => postponed.flatMap((entry) => [entry.messageId, value(entry)])
  const cases = `CASE message_id ${'WHEN ? THEN ? '.repeat(postponed.length)}END`
  return [
    `UPDATE queue_entries SET state = 'ready', claimed_by = NULL, due_at = ${cases}, attempts = ${cases}, uncertain = ${cases},
       counted = ${cases}
     WHERE message_id IN (?)`,
    [
      ...each((e) => e.dueAt),
      ...each((e) => e.attempts),
      ...each((e) => e.uncertain),
      ...each((e) => e.counted ?? false),
      postponed.map((entry) => entry.messageId),
    ],
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
 * Takes back the entries of leases that are not alive. What was being sent is marked uncertain, for it may have arrived, and has had
 * an attempt: a mail that ends its worker each time shall not do so for ever.
 * @returns how many came back.
 */
export async function recoverEntries(db: Database): Promise<number> {
  const [rows] = await db.$client.query('SELECT DISTINCT claimed_by AS lease FROM queue_entries WHERE claimed_by IS NOT NULL')
  const live = new Set(await liveLeases(db)) // read after the claims: whoever holds one had its lease before
  const dead = (rows as unknown as { lease: number }[]).map((row) => row.lease).filter((lease) => !live.has(lease)) // as selected
  if (dead.length === 0) return 0
  const [result] = await db.$client.query(
    `UPDATE queue_entries SET uncertain = (uncertain OR state = 'sending'), attempts = attempts + (state = 'sending'),
       state = 'ready', claimed_by = NULL WHERE claimed_by IN (?)`,
    [dead],
  )
  return 'affectedRows' in result ? result.affectedRows : 0
}

export type ClaimedEntry = Pick<QueueEntry, 'messageId' | 'attempts' | 'priority'>

/** What a lease holds now. */
export const claimedEntries = (db: Database, lease: number): Promise<ClaimedEntry[]> =>
  select<ClaimedEntry>(db.$client, 'SELECT message_id AS messageId, attempts, priority FROM queue_entries WHERE claimed_by = ?', [lease])

export type TakenBack = { readonly messageId: number; readonly retryAt: Date }

/**
 * Entries that their holder does not know of go back. What was being sent may have arrived, and is an attempt like others: nobody is to
 * get a mail again and again at once because its result cannot be written. Assignments run from left to right: `state` changes last.
 */
export async function takeBackEntries(db: Database, lease: number, taken: readonly TakenBack[]): Promise<void> {
  if (taken.length === 0) return
  await db.$client.query(
    `UPDATE queue_entries SET uncertain = (uncertain OR state = 'sending'), attempts = attempts + (state = 'sending'),
       due_at = IF(state = 'sending', CASE message_id ${'WHEN ? THEN ? '.repeat(taken.length)}END, due_at), state = 'ready', claimed_by = NULL
     WHERE message_id IN (?) AND claimed_by = ?`,
    [...taken.flatMap(({ messageId, retryAt }) => [messageId, retryAt]), taken.map(({ messageId }) => messageId), lease],
  )
}

export type QueueSummary = {
  readonly ready: number
  readonly claimed: number
  readonly oldestDueAt: Date | null
  readonly webhooks: number
}

/** Counts come from an index. */
export async function summariseQueue(db: Database): Promise<QueueSummary> {
  const [rows] = await db.$client.query(
    `SELECT (SELECT COUNT(*) FROM queue_entries WHERE claimed_by IS NULL) AS ready,
       (SELECT COUNT(*) FROM queue_entries WHERE claimed_by IS NOT NULL) AS claimed,
       (SELECT MIN(due_at) FROM queue_entries WHERE claimed_by IS NULL) AS oldestDueAt,
       (SELECT COUNT(*) FROM webhook_requests WHERE state IN ('ready', 'claimed')) AS webhooks`,
  )
  const [row] = rows as unknown as QueueSummary[] // as selected
  return row ?? { ready: 0, claimed: 0, webhooks: 0, oldestDueAt: null }
}
