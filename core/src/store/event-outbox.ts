/** The event outbox: takes events whose consequences are still to be drawn, each message's in order, and lets them go. */
import type { EventKind, MailServerEventKind } from '../domain/event.ts'
import type { Scope } from '../domain/message.ts'
import type { Database, Transaction } from './database.ts'
import { select } from './select.ts'

export type OutboxEvent = {
  readonly id: number
  readonly mailServerId: number
  /** Null for what happened to the mail server itself; then `sequence` is 0. */
  readonly messageId: number | null
  readonly sequence: number
  readonly kind: EventKind | MailServerEventKind
  readonly at: Date
  readonly data: Record<string, unknown>
}

export async function hasOutboxEvents(db: Database): Promise<boolean> {
  const [rows] = await db.$client.query('SELECT event_id FROM event_outbox LIMIT 1')
  return Array.isArray(rows) && rows.length > 0
}

/**
 * Locks the oldest events until the transaction ends. Those that another process has locked are stepped over; and so are events
 * whose message has an earlier one still there, because that one must go first.
 */
export async function takeOutboxEvents(tx: Transaction, limit: number): Promise<OutboxEvent[]> {
  const [found] = await tx.query('SELECT event_id AS id FROM event_outbox ORDER BY event_id LIMIT ? FOR UPDATE SKIP LOCKED', [limit])
  const taken = await readEvents(tx, idsOf(found))
  const earlier = await takeEarlier(tx, taken)
  return inOrder([...taken, ...earlier.taken].filter((event) => !isBlocked(event, earlier.blocking)))
}

export async function removeOutboxEvents(tx: Transaction, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await tx.query('DELETE FROM event_outbox WHERE event_id IN (?)', [ids])
}

const idsOf = (rows: unknown): number[] => (rows as { id: number }[]).map((row) => row.id) // all such selects name it `id`

const COLUMNS = 'id, mail_server_id AS mailServerId, message_id AS messageId, sequence, kind, at, data'

async function readEvents(tx: Transaction, ids: readonly number[]): Promise<OutboxEvent[]> {
  if (ids.length === 0) return []
  const rows = await select<Omit<OutboxEvent, 'data'> & { data: unknown }>(tx, `SELECT ${COLUMNS} FROM events WHERE id IN (?)`, [ids])
  return rows.map((row) => ({ ...row, data: toData(row.data) }))
}

/** MariaDB keeps JSON as text. */
const toData = (stored: unknown): OutboxEvent['data'] => (typeof stored === 'string' ? JSON.parse(stored) : (stored as OutboxEvent['data']))

type Place = { readonly id: number; readonly messageId: number; readonly sequence: number }
type Earlier = { readonly taken: readonly OutboxEvent[]; readonly blocking: readonly Place[] }

/** Ids are made before numbers are given, and by several clocks: an earlier event may have the higher id, and lie beyond the limit. */
async function takeEarlier(tx: Transaction, taken: readonly OutboxEvent[]): Promise<Earlier> {
  const later = new Set(taken.filter((event) => event.sequence > 1).flatMap((event) => event.messageId ?? []))
  if (later.size === 0) return { taken: [], blocking: [] }
  const rows = await select<Place>(
    tx,
    `SELECT events.id, events.message_id AS messageId, events.sequence FROM events
     JOIN event_outbox ON event_outbox.event_id = events.id WHERE events.message_id IN (?)`,
    [[...later]],
  )
  const own = new Set(taken.map((event) => event.id))
  const missing = rows.filter((place) => !own.has(place.id))
  if (missing.length === 0) return { taken: [], blocking: [] }
  const wanted = missing.map((place) => place.id)
  const [locked] = await tx.query('SELECT event_id AS id FROM event_outbox WHERE event_id IN (?) FOR UPDATE SKIP LOCKED', [wanted])
  const got = new Set(idsOf(locked))
  return { taken: await readEvents(tx, [...got]), blocking: missing.filter((place) => !got.has(place.id)) }
}

const isBlocked = (event: OutboxEvent, blocking: readonly Place[]): boolean =>
  blocking.some((place) => place.messageId === event.messageId && place.sequence < event.sequence)

/** By age, and those of one message by their numbers. */
function inOrder(events: readonly OutboxEvent[]): OutboxEvent[] {
  const byAge = events.toSorted((a, b) => a.id - b.id)
  const lines = Map.groupBy(byAge, (event) => event.messageId ?? -event.id)
  return [...lines.values()].flatMap((line) => line.toSorted((a, b) => a.sequence - b.sequence))
}

export type MessageFacts = {
  readonly id: number
  readonly mailServerId: number
  readonly token: string
  readonly scope: Scope
  readonly messageId: string | null
  readonly rcptTo: string
  readonly mailFrom: string
  readonly subject: string | null
  /** In hundredths; null until inspected. */
  readonly spamScore: number | null
  readonly tag: string | null
  readonly createdAt: Date
}

/** What receivers are told about messages. Those that are gone are not in the map. */
export async function readMessageFacts(tx: Transaction, ids: readonly number[]): Promise<Map<number, MessageFacts>> {
  if (ids.length === 0) return new Map()
  const rows = await select<MessageFacts>(
    tx,
    `SELECT id, mail_server_id AS mailServerId, token, scope, message_id AS messageId, rcpt_to AS rcptTo, mail_from AS mailFrom, subject,
       spam_score AS spamScore, tag, created_at AS createdAt FROM messages WHERE id IN (?)`,
    [[...new Set(ids)]],
  )
  return new Map(rows.map((row) => [row.id, row]))
}
