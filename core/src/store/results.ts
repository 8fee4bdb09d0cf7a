/** Writes what came of deliveries: records, message statuses, events, queue, statistics, many at a time in one transaction. */
import type { DeliveryStatus } from '../domain/delivery.ts'
import type { BounceFacts, EventKind, NewEvent } from '../domain/event.ts'
import type { ReplyClass } from '../domain/smtp-reply-class.ts'
import type { Database, Transaction } from './database.ts'
import { appendEvents } from './events.ts'
import { type GivenBack, givingBack, type Postponement, postponement, removal, sendingMark } from './queue.ts'
import { countingStatement } from './send-limits.ts'
import { addStatistics, type Count, statisticsStatement } from './statistics.ts'
import { type NewSuppression, suppressionStatement, unsuppressionStatement } from './suppressions.ts'
import { lockAndWrite, type Statement } from './transaction.ts'

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
  /** Its address, normalised, which is not suppressed any more. */
  readonly unsuppressed?: string
  readonly trace?: Trace
  /** What the event says beside: which report told of it. */
  readonly facts?: BounceFacts
  /** An earlier attempt may have arrived. */
  readonly maybeDuplicate?: boolean
  /** It counts against the send limit, for the first time. */
  readonly counts?: boolean
}

/** How an attempt was made. */
export type Trace = {
  readonly host?: string
  readonly sourceIp?: string
  readonly tls?: { readonly version: string; readonly cipher: string; readonly resumed: boolean } | null
  readonly tlsPolicy?: string
  readonly replyClass?: ReplyClass
  /** What was said, without the mail itself. */
  readonly transcript?: string
}

export type LedgerWrite = {
  readonly sending: readonly number[]
  readonly results: readonly Result[]
  readonly givenBack?: readonly GivenBack[]
}
export type LedgerAnswer = { readonly held: ReadonlySet<number> }

type Held = { readonly id: number; readonly sequence: number | null }

/**
 * Marks entries as being sent and records results, for those that the lease still holds.
 * A worker that was thought dead finds its entries gone from `held` and must drop what it has.
 */
export async function writeLedger(db: Database, holder: { node: number; lease: number }, write: LedgerWrite): Promise<LedgerAnswer> {
  const { givenBack: returned = [] } = write
  const all = [...write.sending, ...[...write.results, ...returned].map(({ messageId }) => messageId)].sort((a, b) => a - b)
  if (all.length === 0) return { held: new Set() }
  return lockAndWrite<Held, LedgerAnswer>(db, {
    // Entries before messages, in order of id, as everybody locks them.
    lock: [
      [
        `SELECT q.message_id AS id, m.event_sequence AS sequence FROM queue_entries q LEFT JOIN messages m ON m.id = q.message_id
       WHERE q.message_id IN (?) AND q.claimed_by = ? ORDER BY q.message_id FOR UPDATE`,
        [all, holder.lease],
      ],
    ],
    decide: (rows) => {
      const sequences = new Map(rows.map((row) => [row.id, row.sequence]))
      const sending = write.sending.filter((id) => sequences.has(id))
      const results = write.results.filter((result) => sequences.has(result.messageId))
      const givenBack = returned.filter((entry) => sequences.has(entry.messageId))
      const statements = [
        ...(sending.length > 0 ? [sendingMark(sending)] : []),
        ...resultStatements(holder.node, results, sequences),
        ...(givenBack.length > 0 ? [givingBack(givenBack)] : []),
      ]
      return { statements, answer: { held: new Set(sequences.keys()) } }
    },
  })
}

function resultStatements(node: number, results: readonly Result[], sequences: ReadonlyMap<number, number | null>): Statement[] {
  if (results.length === 0) return []
  const done = results.filter((result) => !result.postponement).map((result) => result.messageId)
  const postponed = results.flatMap((result) => result.postponement ?? [])
  const suppressed = results.flatMap((result) => result.suppression ?? [])
  const freed = results.flatMap(({ mailServerId, unsuppressed: address }) => (address === undefined ? [] : [{ mailServerId, address }]))
  const counted = results.flatMap(countOf)
  return [
    ...eventStatements(results, sequences),
    deliveryStatement(results),
    ...transcriptStatement(results),
    ...statusStatements(results, 'counting'),
    ...(done.length > 0 ? [removal(done)] : []),
    ...(postponed.length > 0 ? [postponement(postponed)] : []),
    ...(suppressed.length > 0 ? [suppressionStatement(suppressed)] : []),
    ...(freed.length > 0 ? [unsuppressionStatement(freed)] : []),
    ...(counted.length > 0 ? [statisticsStatement(node, counted)] : []),
    ...countingStatement(
      node,
      results.filter((result) => result.counts),
    ),
  ]
}

/** Deliveries, events, statuses and counts, without the queue: all there is to a decision that no worker makes, such as a cancelled hold. */
export async function writeDecisions(tx: Transaction, node: number, results: readonly Result[]): Promise<void> {
  if (results.length === 0) return
  await appendEvents(tx, results.flatMap(eventOf))
  for (const [sql, values] of [deliveryStatement(results), ...statusStatements(results, 'counted')]) await tx.query(sql, [...values])
  await addStatistics(tx, node, results.flatMap(countOf))
}

/** Cut where Postal cuts, so that clients see what they know. */
const TEXT_MAX = 250
const cut = (text: string): string => (text.length <= TEXT_MAX ? text : Array.from(text).slice(0, TEXT_MAX).join(''))

/** As `appendEvents` numbers them; the messages are locked already, and none has two results here. */
function eventStatements(results: readonly Result[], sequences: ReadonlyMap<number, number | null>): Statement[] {
  const events = results.flatMap(eventOf).filter((event) => typeof sequences.get(event.messageId) === 'number')
  if (events.length === 0) return []
  const rows = events.map((e) => [
    ...[e.id, e.mailServerId, e.messageId, (sequences.get(e.messageId) ?? 0) + 1],
    ...[e.kind, e.at, JSON.stringify(e.data)],
  ])
  return [
    ['INSERT INTO events (id, mail_server_id, message_id, sequence, kind, at, data) VALUES ?', [rows]],
    ['INSERT INTO event_outbox (event_id) VALUES ?', [events.map((event) => [event.id])]],
  ]
}

const deliveryStatement = (results: readonly Result[]): Statement => [
  `INSERT INTO deliveries (id, message_id, mail_server_id, status, details, output, sent_with_tls, log_id, ms, host, source_ip,
     tls_version, tls_cipher, tls_policy, tls_resumed, reply_class, maybe_duplicate, created_at) VALUES ?`,
  [results.map(deliveryRow)],
]

function deliveryRow(r: Result): unknown[] {
  const { host, sourceIp, tls, tlsPolicy, replyClass } = r.trace ?? {}
  const secured = [tls?.version, tls?.cipher.slice(0, 64), tlsPolicy, tls?.resumed]
  const attempt = [host?.slice(0, 255), sourceIp, ...secured, replyClass].map((value) => value ?? null)
  const said = [r.status, cut(r.details), cut(r.output), r.sentWithTls, r.logId, r.ms]
  return [r.deliveryId, r.messageId, r.mailServerId, ...said, ...attempt, r.maybeDuplicate ?? false, r.at]
}

function transcriptStatement(results: readonly Result[]): Statement[] {
  const rows = results.flatMap(({ trace, ...r }) =>
    trace?.transcript === undefined ? [] : [[r.deliveryId, r.mailServerId, trace.transcript]],
  )
  if (rows.length === 0) return []
  return [['INSERT INTO delivery_transcripts (delivery_id, mail_server_id, transcript) VALUES ?', [rows]]]
}

/**
 * One statement for all results of equal meaning; the time is that of the latest of them. With `counting` it also raises the
 * number of the newest event by the one that each such result has.
 */
function statusStatements(results: readonly Result[], events: 'counting' | 'counted'): Statement[] {
  const groups = [...Map.groupBy(results, (r) => `${r.status} ${r.holdExpiresAt?.getTime() ?? ''}`).values()]
  const statuses = groups.flatMap((group): Statement[] => {
    const [first] = group
    if (!first) return []
    const at = new Date(Math.max(...group.map((r) => r.at.getTime())))
    const raise = events === 'counting' && EVENT_OF[first.status] ? ', event_sequence = event_sequence + 1' : ''
    const ids = group.map((r) => r.messageId)
    const sql = `UPDATE messages SET status = ?, last_delivery_at = ?, hold_expires_at = ?${raise} WHERE id IN (?)`
    return [[sql, [first.status, at, first.holdExpiresAt, ids]]]
  })
  const tags = results.flatMap(({ tag, messageId }): Statement[] =>
    tag === undefined ? [] : [['UPDATE messages SET tag = ? WHERE id = ? AND tag IS NULL', [tag, messageId]]],
  )
  return [...statuses, ...tags]
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
    ...result.facts,
  }
  return [{ id: result.eventId, mailServerId: result.mailServerId, messageId: result.messageId, kind, at: result.at, data }]
}

function countOf(result: Result) {
  const count = COUNT_OF[result.status]
  return count ? [{ mailServerId: result.mailServerId, at: result.at, count }] : []
}
