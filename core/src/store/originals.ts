/** Finds the message that a report is about, and records what the report says of it. */
import type { BounceFacts, NewEvent } from '../domain/event.ts'
import type { MessageStatus, Scope } from '../domain/message.ts'
import type { Database, Transaction } from './database.ts'
import { appendEvents } from './events.ts'
import { type Result, writeDecisions } from './results.ts'
import { select } from './select.ts'
import { addSuppressions, type NewSuppression } from './suppressions.ts'
import { inTransaction } from './transaction.ts'

export type Original = {
  readonly id: number
  /** Incoming when it was forwarded from here. */
  readonly scope: Scope
  readonly rcptTo: string
  readonly domainId: number | null
  readonly status: MessageStatus
}

const COLUMNS = 'id, scope, rcpt_to AS rcptTo, domain_id AS domainId, status'
const FOUND_MAX = 20

export async function findOriginalsByToken(db: Database, mailServerId: number, tokens: readonly string[]): Promise<Original[]> {
  if (tokens.length === 0) return []
  const rows = await select<Original>(
    db.$client,
    `SELECT ${COLUMNS} FROM messages WHERE token IN (?) AND mail_server_id = ? ORDER BY id LIMIT ${FOUND_MAX}`,
    [tokens, mailServerId],
  )
  return rows
}

/** Only together with a recipient: a Message-ID is the same for all of them, and no index leads to it alone. */
export async function findOriginalsByMessageId(
  db: Database,
  mailServerId: number,
  { messageIds, recipients }: { readonly messageIds: readonly string[]; readonly recipients: readonly string[] },
): Promise<Original[]> {
  if (messageIds.length === 0 || recipients.length === 0) return []
  const rows = await select<Original>(
    db.$client,
    `SELECT ${COLUMNS} FROM messages WHERE mail_server_id = ? AND rcpt_to IN (?) AND message_id IN (?) AND scope = 'outgoing'
     ORDER BY id LIMIT ${FOUND_MAX}`,
    [mailServerId, recipients, messageIds],
  )
  return rows
}

export type ReportedBounce = {
  readonly reportId: number
  readonly original: Original
  /** Status and event of the original. */
  readonly result: Result & { readonly facts: BounceFacts }
  readonly suppression: NewSuppression | null
}

/** Done once for a report and its original, however often it is tried. An original is bounced once. */
export async function recordBounce(db: Database, node: number, { reportId, original, result, suppression }: ReportedBounce): Promise<void> {
  await inTransaction(db, async (tx) => {
    const rows = await lockMessages(tx, [reportId, original.id])
    if (rows.get(reportId)?.bounceForId === original.id) return
    await linkReport(tx, reportId, original)
    if (rows.get(original.id)?.status !== 'bounced') await writeDecisions(tx, node, [result])
    await addSuppressions(tx, suppression ? [suppression] : [])
  })
}

export type ReportedComplaint = {
  readonly reportId: number
  readonly original: Original
  readonly event: NewEvent
  readonly suppression: NewSuppression | null
}

export async function recordComplaint(db: Database, { reportId, original, event, suppression }: ReportedComplaint): Promise<void> {
  await inTransaction(db, async (tx) => {
    const rows = await lockMessages(tx, [reportId, original.id])
    if (rows.get(reportId)?.bounceForId === original.id) return
    await linkReport(tx, reportId, original)
    await appendEvents(tx, [event])
    await addSuppressions(tx, suppression ? [suppression] : [])
  })
}

/** Which message a report is about, for lists; nothing is said about the message. */
export async function noteReportOf(db: Database, reportId: number, original: Original): Promise<void> {
  await inTransaction(db, (tx) => linkReport(tx, reportId, original))
}

type Locked = { readonly id: number; readonly status: MessageStatus; readonly bounceForId: number | null }

async function lockMessages(tx: Transaction, ids: readonly number[]): Promise<Map<number, Locked>> {
  const rows = await select<Locked>(
    tx,
    'SELECT id, status, bounce_for_id AS bounceForId FROM messages WHERE id IN (?) ORDER BY id FOR UPDATE',
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

async function linkReport(tx: Transaction, reportId: number, { id, domainId }: Original): Promise<void> {
  await tx.query('UPDATE messages SET bounce_for_id = ?, domain_id = COALESCE(domain_id, ?) WHERE id = ?', [id, domainId, reportId])
}

/** Bounces that this mail server has sent to an address since the id: a bound for mail that nobody asked for. */
export async function countBouncesTo(
  db: Database,
  { mailServerId, rcptTo, sinceId }: { mailServerId: number; rcptTo: string; sinceId: number },
): Promise<number> {
  const rows = await select<{ count: number }>(
    db.$client,
    "SELECT COUNT(*) AS count FROM messages WHERE mail_server_id = ? AND rcpt_to = ? AND id >= ? AND bounce = 1 AND scope = 'outgoing'",
    [mailServerId, rcptTo, sinceId],
  )
  return rows[0]?.count ?? 0
}
