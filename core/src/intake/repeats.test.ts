/** A mail that is sent again under its key is not sent twice, whatever happens at the same time. */
import { randomBytes } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createIds } from '../domain/ids.ts'
import { IDEMPOTENCY_MS } from '../store/idempotency.ts'
import { pruneExpired } from '../store/prune.ts'
import { type Acceptance, createIntake } from './accept.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

let now = new Date('2030-01-01T00:00:00Z')
const clock = () => now
const newId = createIds({ node: 1, clock })
const intake = () => createIntake({ db: database.db, node: 1, newId, clock, randomBytes })

const mail = (key: string, { owner = 'credential:1', request = 'a' } = {}): Acceptance => ({
  mailServerId: 1,
  raw: Buffer.from('From: a@shop.test\r\nMessage-ID: <1@shop.test>\r\n\r\nHello\r\n'),
  receivedWithTls: true,
  credentialId: 1,
  recipients: ['x@client.test', 'y@client.test'].map((rcptTo) => ({ scope: 'outgoing', rcptTo, mailFrom: 'a@shop.test', domainId: 1 })),
  idempotency: { owner, key, request },
})

async function stored(): Promise<number> {
  const [rows] = await database.db.$client.query('SELECT COUNT(*) AS count FROM messages')
  return Number((rows as unknown as { count: number }[])[0]?.count)
}

it('answers a repeat with the first receipt', async () => {
  const first = await intake().accept(mail('repeat'))
  const before = await stored()
  expect(await intake().accept(mail('repeat'))).toEqual(first)
  expect(await stored()).toBe(before)
})

it('stores once what arrives many times at once, at several processes', async () => {
  const before = await stored()
  const [one, other] = [intake(), intake()]
  const receipts = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).accept(mail('at once'))))
  expect(new Set(receipts.map(({ rawMailId }) => rawMailId)).size).toBe(1)
  expect(await stored()).toBe(before + 2)
})

it('lets other mail of the same batch pass', async () => {
  const before = await stored()
  const shared = intake()
  await Promise.all(['other 1', 'same', 'same', 'other 2'].map((key) => shared.accept(mail(key))))
  expect(await stored()).toBe(before + 6)
})

it('refuses a key that was used for something else', async () => {
  await intake().accept(mail('twice'))
  await expect(intake().accept(mail('twice', { request: 'b' }))).rejects.toMatchObject({ code: 'idempotency.conflict' })
})

it('keeps the keys of different senders apart', async () => {
  const first = await intake().accept(mail('shared'))
  const other = await intake().accept(mail('shared', { owner: 'credential:2' }))
  expect(other.rawMailId).not.toBe(first.rawMailId)
})

it('takes a key as new after a day, and forgets the old ones', async () => {
  const first = await intake().accept(mail('old'))
  now = new Date(now.getTime() + IDEMPOTENCY_MS)
  expect((await intake().accept(mail('old'))).rawMailId).not.toBe(first.rawMailId)
  expect((await pruneExpired(database.db, { now, transcriptDays: 7 })).idempotency_keys).toBeGreaterThan(0)
  const [rows] = await database.db.$client.query('SELECT COUNT(*) AS count FROM idempotency_keys')
  expect(rows).toEqual([{ count: 1 }])
})
