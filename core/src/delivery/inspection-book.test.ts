import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MessageInspection } from '../store/inspections.ts'
import { createInspectionBook } from './inspection-book.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const range = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n)

const inspection = (messageId: number, found: Partial<MessageInspection> = {}): MessageInspection => ({
  ...{ messageId, mailServerId: 1, spamScore: 0, incomplete: false, threat: false, threatDetails: '', checks: [], report: null },
  authentication: { header: `of ${messageId}` },
  createdAt: new Date('2030-01-01'),
  ...found,
})

async function addMessages(ids: readonly number[]): Promise<void> {
  const rows = ids.map((id) => [id, 1, 1, `t${id}`, 'incoming', 'a@b.test', 'c@d.test', 1, new Date('2030-01-01')])
  await database.db.$client.query(
    'INSERT INTO messages (id, mail_server_id, raw_mail_id, token, scope, rcpt_to, mail_from, size, created_at) VALUES ?',
    [rows],
  )
}

/** How often a connection was asked for meanwhile. */
async function trips(work: () => Promise<unknown>): Promise<number> {
  const { pool } = database.db.$client
  let count = 0
  const note = () => {
    count += 1
  }
  pool.on('acquire', note)
  await work()
  pool.off('acquire', note)
  return count
}

it('writes and reads for many messages at a time, and gives each its own', async () => {
  const ids = range(1, 150)
  await addMessages(ids)
  const { find, save } = createInspectionBook(database.db)
  expect(await trips(() => Promise.all(ids.map((id) => save({ inspection: inspection(id), scanned: true }))))).toBe(1)
  const found: unknown[] = []
  const read = async () => found.push(...(await Promise.all(ids.map((id) => find({ id, mailServerId: 1 })))))
  expect(await trips(read)).toBe(1)
  expect(found).toEqual(ids.map((id) => inspection(id)))
})

it('tells messages what scanners found in them, unless they were not asked', async () => {
  const { save } = createInspectionBook(database.db)
  await addMessages(range(201, 4))
  await Promise.all([
    save({ inspection: inspection(201, { spamScore: 5.01 }), scanned: true }),
    save({ inspection: inspection(202), scanned: true }),
    save({ inspection: inspection(203, { threat: true, threatDetails: 'Eicar' }), scanned: true }),
    save({ inspection: inspection(204, { spamScore: 9 }), scanned: false }),
  ])
  const [rows] = await database.db.$client.query('SELECT spam_score AS score, threat FROM messages WHERE id > 200 ORDER BY id')
  expect(rows).toEqual([
    { score: 501, threat: null },
    { score: 0, threat: null },
    { score: 0, threat: 'Eicar' },
    { score: null, threat: null },
  ])
})

it('keeps what was found last, when a crash made it be looked for again', async () => {
  const { find, save } = createInspectionBook(database.db)
  await save({ inspection: inspection(301, { incomplete: true }), scanned: false })
  await save({ inspection: inspection(301), scanned: false })
  expect(await find({ id: 301, mailServerId: 1 })).toMatchObject({ incomplete: false })
})

it('knows nothing of messages that nobody looked at, nor of those of another mail server', async () => {
  const { find, save } = createInspectionBook(database.db)
  await save({ inspection: inspection(401), scanned: false })
  expect(await Promise.all([find({ id: 400, mailServerId: 1 }), find({ id: 401, mailServerId: 2 })])).toEqual([undefined, undefined])
})
