/** What tracking leaves in the database beside the event log: ids already taken in, and when a message was opened and clicked. */
import type { Transaction } from './database.ts'
import { select } from './select.ts'

/**
 * Takes the ids that were not taken before, and returns those. Two transactions with the same ids wait for each other, so that each id
 * is returned to one of them only.
 */
export async function takeUlids(tx: Transaction, ulids: readonly string[], now: Date): Promise<Set<string>> {
  if (ulids.length === 0) return new Set()
  const rows = [...new Set(ulids)].sort().map((ulid) => [ulid, now])
  const taken = await select<{ ulid: string }>(tx, 'INSERT IGNORE INTO ingested_events (ulid, ingested_at) VALUES ? RETURNING ulid', [rows])
  return new Set(taken.map((row) => row.ulid))
}

export type Tracked = { readonly mailServerId: number; readonly rcptTo: string }

/** Whose those messages are that still exist, and whom they went to. */
export async function trackedMessages(tx: Transaction, messageIds: readonly number[]): Promise<Map<number, Tracked>> {
  if (messageIds.length === 0) return new Map()
  const statement = 'SELECT id, mail_server_id AS mailServerId, rcpt_to AS rcptTo FROM messages WHERE id IN (?)'
  const rows = await select<Tracked & { id: number }>(tx, statement, [[...new Set(messageIds)]])
  return new Map(rows.map((row) => [row.id, row]))
}

export type Seen = { readonly messageId: number; readonly at: Date }

/** The first open counts. */
export async function markOpened(tx: Transaction, opened: readonly Seen[]): Promise<void> {
  const first = new Map<number, Date>()
  for (const { messageId, at } of opened) if (at < (first.get(messageId) ?? new Date(8.64e15))) first.set(messageId, at)
  await setTimes(tx, 'opened_at', first, 'LEAST(COALESCE(opened_at, seen.at), seen.at)')
}

/** The last click counts, as Postal's clients know it. */
export async function markClicked(tx: Transaction, clicked: readonly Seen[]): Promise<void> {
  const last = new Map<number, Date>()
  for (const { messageId, at } of clicked) if (at > (last.get(messageId) ?? new Date(0))) last.set(messageId, at)
  await setTimes(tx, 'clicked_at', last, 'GREATEST(COALESCE(clicked_at, seen.at), seen.at)')
}

async function setTimes(
  tx: Transaction,
  column: 'opened_at' | 'clicked_at',
  times: ReadonlyMap<number, Date>,
  value: string,
): Promise<void> {
  if (times.size === 0) return
  const seen = [...times].map(() => 'SELECT ? AS id, CAST(? AS DATETIME(3)) AS at').join(' UNION ALL ')
  await tx.query(`UPDATE messages JOIN (${seen}) AS seen ON seen.id = messages.id SET messages.${column} = ${value}`, [...times].flat())
}
