/** Pages of messages cost the same wherever they are, and texts are found as they are written. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseMessageSearch } from '../domain/message-search.ts'
import { type Database, openDatabase } from './database.ts'
import { readReportKinds, saveInspections } from './inspections.ts'
import { countHeld, type SearchedPage, searchMessages } from './message-search.ts'

const ROWS = 20_000
let database: TestDatabase
/** One connection, so that its counters tell what a query has read. */
let db: Database & AsyncDisposable

beforeAll(async () => {
  database = await createTestDatabase()
  db = openDatabase({ ...database.options, connectionsMax: 1 })
  await db.$client.query(`INSERT INTO messages
      (id, mail_server_id, raw_mail_id, token, scope, status, rcpt_to, mail_from, subject, message_id, size, tag, created_at)
    SELECT seq, IF(seq % 100 = 7, 2, 1), seq, CONCAT('t', seq), 'outgoing', IF(seq % 40, 'sent', 'held'), CONCAT('user', seq % 500, '@a.example'),
      'shop@acme.example', CONCAT('100% of order_', seq), CONCAT(seq, '@x'), 4000, IF(seq % 9, 'common', NULL), NOW() FROM seq_1_to_${ROWS}`)
  await db.$client.query('ANALYZE TABLE messages')
})
afterAll(async () => {
  await db[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const find = (q: string, page: Partial<SearchedPage> = {}) =>
  searchMessages(db, { mailServerId: 1, search: parseMessageSearch(q, { timeZone: 'UTC', now: new Date() }).search, limit: 50, ...page })

const ids = async (q: string, page: Partial<SearchedPage> = {}) => (await find(q, page)).messages.map((message) => message.id)

async function rowsRead(query: () => Promise<unknown>): Promise<number> {
  await db.$client.query('FLUSH STATUS')
  await query()
  const [rows] = await db.$client.query("SHOW SESSION STATUS LIKE 'Handler_read%'")
  return (rows as unknown as { Value: string }[]).reduce((sum, row) => sum + Number(row.Value), 0) // as SHOW STATUS answers
}

describe('a page', () => {
  it.each([
    ['the first', '', {}],
    ['one in the middle', '', { cursor: { direction: 'next', id: ROWS / 2 } }],
    ['the last', '', { cursor: { direction: 'previous', id: 60 } }],
    ['of a small mail server', '', { mailServerId: 2 }],
    ['of one status', 'status: held', { cursor: { direction: 'next', id: ROWS / 2 } }],
    ['of one recipient', 'to: user40@a.example', { cursor: { direction: 'next', id: ROWS / 2 } }],
  ] as const)('reads little more than it shows: %s', async (_, q, page) => {
    expect(await rowsRead(() => find(q, { scope: 'outgoing', ...page }))).toBeLessThan(120)
  })

  it('says what is before and behind it', async () => {
    expect(await find('to: user40@a.example', { limit: 40 })).toMatchObject({ previous: false, next: false })
    const first = await find('', { limit: 3 })
    expect(first).toMatchObject({ previous: false, next: true })
    const last = first.messages.at(-1)?.id ?? 0
    const second = await find('', { limit: 3, cursor: { direction: 'next', id: last } })
    expect(second).toMatchObject({ previous: true, next: true })
    const back = await find('', { limit: 3, cursor: { direction: 'previous', id: second.messages[0]?.id ?? 0 } })
    expect(back.messages).toEqual(first.messages)
    expect(back).toMatchObject({ previous: false, next: true })
  })
})

describe('what is found', () => {
  it('is what was typed: percent and underscore are no wildcards', async () => {
    expect(await ids('subject: order_20000')).toEqual([20_000])
    expect(await ids('subject: orderx20000')).toEqual([])
    expect(await ids('subject: "0% of order_1999"')).toHaveLength(11)
  })

  it('is of this mail server only, whatever is asked for', async () => {
    expect(await ids('id: 107')).toEqual([])
    expect(await ids('id: 107', { mailServerId: 2 })).toEqual([107])
    expect(await ids('token: t107')).toEqual([])
  })

  it('has all conditions, and any of the values of each', async () => {
    expect(await ids('tag: [blank] status: held', { limit: 2 })).toEqual([19_800, 19_440])
    expect(await ids('id: 5 id: 6 id: 19999 order: oldest-first')).toEqual([5, 6, 19_999])
    expect(await ids('to: USER40@A.EXAMPLE to: @b.example', { limit: 1 })).toEqual([19_540])
  })
})

it('finds mail to a return path by what it was read as', async () => {
  await db.$client.query("UPDATE messages SET scope = 'incoming', bounce = 1 WHERE id IN (11, 12, 13)")
  const found = { mailServerId: 1, spamScore: 0, incomplete: false, threat: false, threatDetails: '', checks: [], authentication: null }
  for (const [messageId, kind] of [
    [11, 'bounce'],
    [12, 'auto_reply'],
  ] as const)
    await saveInspections(db, [{ inspection: { ...found, messageId, report: { kind }, createdAt: new Date() }, scanned: false }])
  expect(await ids('kind: bounce')).toEqual([11])
  expect(await ids('kind: auto-reply kind:bounce')).toEqual([12, 11])
  expect(await ids('kind: complaint')).toEqual([])
  expect(await readReportKinds(db, 1, [11, 12, 13])).toEqual(
    new Map([
      [11, 'bounce'],
      [12, 'auto_reply'],
    ]),
  )
  expect(await readReportKinds(db, 2, [11])).toEqual(new Map())
})

it('counts what is held, up to a limit', async () => {
  expect(await countHeld(db, 1, 10_000)).toBe(500)
  expect(await countHeld(db, 1, 10)).toBe(10)
})
