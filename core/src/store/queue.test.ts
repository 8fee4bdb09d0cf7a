/** The queue on a real database: claims are exclusive, follow priority and time, and come back when their holder is dead. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { insertQueueEntries } from './acceptances.ts'
import { acquireLease } from './leases.ts'
import { claimDue, recoverEntries, releaseEntries } from './queue.ts'
import { type Result, writeLedger } from './results.ts'
import { inTransaction } from './transaction.ts'

const NOW = new Date('2030-01-01T12:00:00Z')
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000)

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database[Symbol.asyncDispose]())

/** Messages and entries with ids from 1 on. */
async function fill(count: number, change: (n: number) => { dueAt?: Date; priority?: number } = () => ({})): Promise<void> {
  await inTransaction(database.db, async (tx) => {
    const ids = Array.from({ length: count }, (_, n) => n + 1)
    await tx.query('INSERT INTO messages (id, mail_server_id, raw_mail_id, token, scope, rcpt_to, mail_from, size, created_at) VALUES ?', [
      ids.map((id) => [id, 1, 1, `token${id}`, 'outgoing', 'a@b.test', '', 1, NOW]),
    ])
    await insertQueueEntries(
      tx,
      ids.map((id) => ({
        ...({
          messageId: id,
          mailServerId: 1,
          rawMailId: 1,
          scope: 'outgoing',
          domain: 'b.test',
          priority: 0,
          dueAt: NOW,
          manual: false,
          expiresAt: null,
        } as const),
        ...change(id),
      })),
    )
  })
}

const claim = (lease: number, limit = 100, priority = 0) => claimDue(database.db, { lease, priority, limit, now: NOW })
const ids = (entries: readonly { messageId: number }[]) => entries.map((entry) => entry.messageId)
const newLease = () => acquireLease(database.db, { role: 'test', name: 'test' })
const kill = (lease: number) =>
  database.db.$client.query('UPDATE node_leases SET leased_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE lease = ?', [lease])

const sent = (messageId: number, more: Partial<Result> = {}): Result => ({
  ...{
    deliveryId: 1_000 + messageId,
    eventId: 2_000 + messageId,
    messageId,
    mailServerId: 1,
    status: 'sent',
    details: 'ok',
    output: '250 ok',
  },
  ...{ sentWithTls: true, logId: 'ABCDEFGH', ms: 5, at: NOW, holdExpiresAt: null, postponement: null },
  ...more,
})

describe('claims', () => {
  it('hand out the oldest first, and nothing before its time', async () => {
    await fill(4, (n) => ({ dueAt: later(n === 4 ? 1 : -n) }))
    expect(ids(await claim(1))).toEqual([3, 2, 1])
  })

  it('are exclusive, however many workers ask at once', async () => {
    await fill(500)
    const claims = await Promise.all(Array.from({ length: 10 }, (_, lease) => claim(lease + 1, 50)))
    const claimed = claims.flatMap(ids)
    expect(new Set(claimed).size).toBe(claimed.length)
    expect(claimed).toHaveLength(500)
  })

  it('keep transactional mail apart from broadcast', async () => {
    await fill(4, (n) => ({ priority: n % 2 }))
    expect(ids(await claim(1, 100, 0))).toEqual([2, 4])
    expect(ids(await claim(1, 100, 1))).toEqual([1, 3])
  })

  it('can be given back untouched, for now or for later', async () => {
    await fill(2)
    await claim(1)
    await releaseEntries(database.db, 1, [1])
    await releaseEntries(database.db, 1, [2], later(60))
    await releaseEntries(database.db, 99, [1]) // not the holder
    expect(ids(await claim(2))).toEqual([1])
  })
})

describe('entries of a dead worker', () => {
  it('return, marked uncertain only where the final dot may have been sent', async () => {
    const [dead, alive] = [await newLease(), await newLease()]
    await fill(4)
    const [first, second] = ids(await claim(dead.lease, 2))
    await claim(alive.lease, 2)
    await writeLedger(database.db, dead, { sending: [first ?? 0], results: [] })
    await kill(dead.lease)

    expect(await recoverEntries(database.db)).toBe(2)
    const back = await claim(alive.lease)
    expect(back.map(({ messageId, uncertain, attempts }) => [messageId, uncertain, attempts])).toEqual([
      [first, true, 1],
      [second, false, 0],
    ])
  })

  it('take no result any more from the worker that was thought dead', async () => {
    const [dead, alive] = [await newLease(), await newLease()]
    await fill(1)
    await claim(dead.lease)
    await kill(dead.lease)
    await recoverEntries(database.db)
    await claim(alive.lease)

    const late = await writeLedger(database.db, dead, { sending: [], results: [sent(1)] })
    expect(late.held.size).toBe(0)
    const [rows] = await database.db.$client.query('SELECT (SELECT COUNT(*) FROM deliveries) AS deliveries, status FROM messages')
    expect(rows).toEqual([{ deliveries: 0, status: 'pending' }])
  })
})

describe('results', () => {
  it('settle message, event, outbox, statistics and entry together', async () => {
    const holder = await newLease()
    await fill(3)
    await claim(holder.lease)
    await writeLedger(database.db, holder, {
      sending: [],
      results: [
        sent(1),
        sent(2, { status: 'hard_failed' }),
        sent(3, { status: 'soft_failed', postponement: { messageId: 3, dueAt: later(300), attempts: 1, uncertain: true } }),
      ],
    })
    const { $client } = database.db
    const [messages] = await $client.query('SELECT id, status, event_sequence AS sequence FROM messages ORDER BY id')
    expect(messages).toEqual([
      { id: 1, status: 'sent', sequence: 1 },
      { id: 2, status: 'hard_failed', sequence: 1 },
      { id: 3, status: 'soft_failed', sequence: 1 },
    ])
    const [entries] = await $client.query(
      'SELECT message_id AS id, state, attempts, uncertain, claimed_by AS holder, due_at AS dueAt FROM queue_entries',
    )
    expect(entries).toEqual([{ id: 3, state: 'ready', attempts: 1, uncertain: 1, holder: null, dueAt: later(300) }])
    const [events] = await $client.query('SELECT kind FROM events JOIN event_outbox ON event_id = id ORDER BY message_id')
    expect(events).toEqual([{ kind: 'sent' }, { kind: 'failed' }, { kind: 'delayed' }])
    const [counts] = await $client.query('SELECT sent, failed, `delayed` FROM statistics')
    expect(counts).toEqual([{ sent: 1, failed: 1, delayed: 1 }])
  })

  it('number the events of a message without gaps, though workers and visitors write at the same time', async () => {
    const { appendEvents } = await import('./events.ts')
    await fill(3)
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        inTransaction(database.db, (tx) =>
          appendEvents(tx, [{ id: 10_000 + n, mailServerId: 1, messageId: (n % 3) + 1, kind: 'opened', at: NOW, data: {} }]),
        ),
      ),
    )
    const [rows] = await database.db.$client.query('SELECT sequence FROM events WHERE message_id = 2 ORDER BY sequence')
    expect((rows as unknown as { sequence: number }[]).map((row) => row.sequence)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })
})

it('finds what is due in the order of the index, without sorting and without reading what is claimed', async () => {
  await fill(200, (n) => ({ dueAt: later(-n) }))
  await claim((await newLease()).lease, 100)
  const explain = async (statement: string) => {
    const [rows] = await database.db.$client.query(`EXPLAIN ${statement}`)
    return rows
  }
  const due = `SELECT message_id FROM queue_entries FORCE INDEX (queue_entries_due)
    WHERE claimed_by IS NULL AND priority = 0 AND mail_server_id = 1 AND due_at <= '2030-01-01 12:00:00' ORDER BY due_at LIMIT 10`
  expect(await explain(due)).toMatchObject([{ key: 'queue_entries_due', type: 'range', Extra: expect.not.stringContaining('filesort') }])
  const next = `SELECT mail_server_id FROM queue_entries FORCE INDEX (queue_entries_due)
    WHERE claimed_by IS NULL AND priority = 0 AND mail_server_id > 0 ORDER BY mail_server_id LIMIT 1`
  expect(await explain(next)).toMatchObject([{ key: 'queue_entries_due', Extra: expect.not.stringContaining('filesort') }])
})
