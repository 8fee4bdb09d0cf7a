/** Writes what came of deliveries: records, message statuses, events, queue, statistics, many at a time in one transaction. */
import type { DeliveryStatus } from '../domain/delivery.ts'
import type { EventKind, NewEvent } from '../domain/event.ts'
import type { Database, Transaction } from './database.ts'
import { appendEvents } from './events.ts'
import { lockHeld, markSending, type Postponement, postponeEntries, removeEntries } from './queue.ts'
import { addStatistics, type Count } from './statistics.ts'
import { addSuppressions, type NewSuppression } from './suppressions.ts'
import { inTransaction } from './transaction.ts'

/** One delivery and what follows from it. Ids are made by the caller, so that a repeated transaction writes the same rows. */
export type Result = {
  readonly deliveryId: number
  readonly eventId: number
  readonly messageId: number
  readonly mailServerId: number
  readonly status: DeliveryStatus
  readonly details: string
  readonly output: string
  readonly sentWithTls: boolean | null
  readonly logId: string | null
  readonly ms: number | null
  readonly at: Date
  readonly tag?: string
  readonly holdExpiresAt: Date | null
  /** The entry goes back to the queue with this; otherwise it is done. */
  readonly postponement: Postponement | null
  readonly suppression?: NewSuppression
}

export type LedgerWrite = { readonly sending: readonly number[]; readonly results: readonly Result[] }
export type LedgerAnswer = { readonly held: ReadonlySet<number> }

/** Cut where Postal cuts, so that clients see what they know. */
const TEXT_MAX = 250

/**
 * Marks entries as being sent and records results, for those that the lease still holds.
 * A worker that was thought dead finds its entries gone from `held` and must drop what it has.
 */
export async function writeLedger(db: Database, holder: { node: number; lease: number }, write: LedgerWrite): Promise<LedgerAnswer> {
  const all = [...write.sending, ...write.results.map((result) => result.messageId)]
  if (all.length === 0) return { held: new Set() }
  return inTransaction(db, async (tx) => {
    const held = await lockHeld(tx, holder.lease, all)
    const sending = write.sending.filter((id) => held.has(id))
    if (sending.length > 0) await markSending(tx, sending)
    await writeResults(
      tx,
      holder.node,
      write.results.filter((result) => held.has(result.messageId)),
    )
    return { held }
  })
}

async function writeResults(tx: Transaction, node: number, results: readonly Result[]): Promise<void> {
  if (results.length === 0) return
  await writeDecisions(tx, node, results)
  const done = results.filter((result) => !result.postponement).map((result) => result.messageId)
  if (done.length > 0) await removeEntries(tx, done)
  await postponeEntries(
    tx,
    results.flatMap((result) => result.postponement ?? []),
  )
  await addSuppressions(
    tx,
    results.flatMap((result) => result.suppression ?? []),
  )
}

/** Deliveries, events, statuses and counts, without the queue: all there is to a decision that no worker makes, such as a cancelled hold. */
export async function writeDecisions(tx: Transaction, node: number, results: readonly Result[]): Promise<void> {
  if (results.length === 0) return
  await appendEvents(tx, results.flatMap(eventOf))
  await insertDeliveries(tx, results)
  await setStatuses(tx, results)
  await addStatistics(tx, node, results.flatMap(countOf))
}

async function insertDeliveries(tx: Transaction, results: readonly Result[]): Promise<void> {
  await tx.query(
    'INSERT INTO deliveries (id, message_id, mail_server_id, status, details, output, sent_with_tls, log_id, ms, created_at) VALUES ?',
    [
      results.map((r) => [
        r.deliveryId,
        r.messageId,
        r.mailServerId,
        r.status,
        cut(r.details),
        cut(r.output),
        r.sentWithTls,
        r.logId,
        r.ms,
        r.at,
      ]),
    ],
  )
}

const cut = (text: string): string => Array.from(text).slice(0, TEXT_MAX).join('')

/** One statement for all results of equal meaning. */
async function setStatuses(tx: Transaction, results: readonly Result[]): Promise<void> {
  for (const group of Map.groupBy(results, (r) => `${r.status} ${r.at.getTime()} ${r.holdExpiresAt?.getTime() ?? ''}`).values()) {
    const [first] = group
    if (!first) continue
    await tx.query('UPDATE messages SET status = ?, last_delivery_at = ?, hold_expires_at = ? WHERE id IN (?)', [
      first.status,
      first.at,
      first.holdExpiresAt,
      group.map((r) => r.messageId),
    ])
  }
  for (const result of results) {
    if (result.tag !== undefined) await tx.query('UPDATE messages SET tag = ? WHERE id = ? AND tag IS NULL', [result.tag, result.messageId])
  }
}

const EVENT_OF: Readonly<Record<DeliveryStatus, EventKind | null>> = {
  sent: 'sent',
  soft_failed: 'delayed',
  hard_failed: 'failed',
  held: 'held',
  bounced: 'bounced',
  processed: 'processed',
  hold_cancelled: 'hold_cancelled',
  error: null,
}

const COUNT_OF: Readonly<Partial<Record<DeliveryStatus, Count>>> = {
  sent: 'sent',
  soft_failed: 'delayed',
  hard_failed: 'failed',
  held: 'held',
  bounced: 'bounced',
}

function eventOf(result: Result): NewEvent[] {
  const kind = EVENT_OF[result.status]
  if (!kind) return []
  const data = {
    status: result.status,
    details: cut(result.details),
    output: cut(result.output),
    sentWithTls: result.sentWithTls,
    time: result.ms === null ? null : Math.round(result.ms / 10) / 100,
    deliveryId: result.deliveryId,
  }
  return [{ id: result.eventId, mailServerId: result.mailServerId, messageId: result.messageId, kind, at: result.at, data }]
}

function countOf(result: Result) {
  const count = COUNT_OF[result.status]
  return count ? [{ mailServerId: result.mailServerId, at: result.at, count }] : []
}
