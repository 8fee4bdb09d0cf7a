/** The event log: appends with per-message sequence numbers, reads by message. */
import { asc, eq } from 'drizzle-orm'
import type { Event, NewEvent, NewMailServerEvent } from '../domain/event.ts'
import type { Database, Transaction } from './database.ts'
import { events } from './schema/mail.ts'
import { select } from './select.ts'

/**
 * Writes events and their outbox rows. Locks the messages in order of id, so that numbers have no gaps and no two transactions deadlock.
 * Events of messages that are gone (retention) are dropped.
 */
export async function appendEvents(tx: Transaction, appended: readonly NewEvent[]): Promise<void> {
  if (appended.length === 0) return
  const ids = [...new Set(appended.map((event) => event.messageId))].sort((a, b) => a - b)
  const found = await select<{ id: number; event_sequence: number }>(
    tx,
    'SELECT id, event_sequence FROM messages WHERE id IN (?) ORDER BY id FOR UPDATE',
    [ids],
  )
  const sequences = new Map(found.map((row) => [row.id, row.event_sequence]))

  const numbered = appended.flatMap((event): Event[] => {
    const last = sequences.get(event.messageId)
    if (last === undefined) return []
    sequences.set(event.messageId, last + 1)
    return [{ ...event, sequence: last + 1 }]
  })
  if (numbered.length === 0) return

  await tx.query('INSERT INTO events (id, mail_server_id, message_id, sequence, kind, at, data) VALUES ?', [
    numbered.map((e) => [e.id, e.mailServerId, e.messageId, e.sequence, e.kind, e.at, JSON.stringify(e.data)]),
  ])
  await tx.query('INSERT INTO event_outbox (event_id) VALUES ?', [numbered.map((event) => [event.id])])
  await raiseSequences(tx, numbered)
}

/** One statement for each number of new events; nearly always one in all. */
async function raiseSequences(tx: Transaction, numbered: readonly Event[]): Promise<void> {
  const added = new Map<number, number>()
  for (const event of numbered) added.set(event.messageId, (added.get(event.messageId) ?? 0) + 1)
  for (const [count, ids] of Map.groupBy(added.keys(), (id) => added.get(id) ?? 0)) {
    await tx.query('UPDATE messages SET event_sequence = event_sequence + ? WHERE id IN (?)', [count, ids])
  }
}

/** What happened to a mail server itself: no message counts it. */
export async function appendMailServerEvents(tx: Transaction, appended: readonly NewMailServerEvent[]): Promise<void> {
  if (appended.length === 0) return
  await tx.query('INSERT INTO events (id, mail_server_id, message_id, sequence, kind, at, data) VALUES ?', [
    appended.map((e) => [e.id, e.mailServerId, null, 0, e.kind, e.at, JSON.stringify(e.data)]),
  ])
  await tx.query('INSERT INTO event_outbox (event_id) VALUES ?', [appended.map((event) => [event.id])])
}

/** Everything that happened to a message, in order. */
export async function eventsOfMessage(db: Database, messageId: number, limit = 1_000): Promise<Event[]> {
  const rows = await db.select().from(events).where(eq(events.messageId, messageId)).orderBy(asc(events.sequence)).limit(limit)
  return rows as Event[] // those of a message have one, and its kinds only
}
