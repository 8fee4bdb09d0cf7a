/** Receivers that do not work delay nobody but themselves, and their owners can see it. */

import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { seedSender } from '@posthaste/test/support/engine.ts'
import { until } from '@posthaste/test/support/until.ts'
import { newEvent, record, seedMessages, seedWebhook, startWebhookEngine } from '@posthaste/test/support/webhook-engine.ts'
import { startWebhookReceiver, type WebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

let database: TestDatabase
let healthy: WebhookReceiver
let broken: WebhookReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  healthy = await startWebhookReceiver()
  broken = await startWebhookReceiver()
})

afterEach(async () => {
  await healthy[Symbol.asyncDispose]()
  await broken[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

type Row = Record<string, unknown>
const rows = async (statement: string): Promise<Row[]> => {
  const [found] = await database.db.$client.query(statement)
  return found as unknown as Row[] // as selected
}
const webhook = async (id: number) => (await rows(`SELECT * FROM webhooks WHERE id = ${id}`))[0]
const states = async (id: number) => {
  const found = await rows(`SELECT state, COUNT(*) AS n FROM webhook_requests WHERE webhook_id = ${id} GROUP BY state`)
  return Object.fromEntries(found.map(({ state, n }) => [state, Number(n)]))
}

it('delivers to the healthy tenth without delay while nine of ten receivers hang', async () => {
  broken.answerAlways('hang')
  for (let id = 1; id <= 45; id += 1) await seedWebhook(database.db, { id, url: `${broken.url}${id}` })
  for (let id = 46; id <= 50; id += 1) await seedWebhook(database.db, { id, url: `${healthy.url}${id}` })
  await using engine = await startWebhookEngine({ ...database, timeoutMs: 60_000 })
  const messageIds = await seedMessages(database.db, engine.newId, 40)
  engine.work()
  await record(
    database.db,
    messageIds.map((id) => newEvent(engine.newId(), id)),
  )
  await healthy.received(200, 30_000) // sooner than any time-out
  expect(await rows('SELECT id FROM webhook_attempts WHERE webhook_id <= 45')).toEqual([])
  expect(engine.faults).toEqual([])
  await broken[Symbol.asyncDispose]()
})

it('opens the circuit after ten failures in a row, tells about it, probes, and goes on when the receiver works again', async () => {
  const now = { at: new Date() }
  const told: string[] = []
  await seedWebhook(database.db, { id: 5, url: broken.url })
  broken.answerAlways(500)
  await using engine = await startWebhookEngine({
    ...database,
    clock: () => now.at,
    log: { opened: (target, failures) => told.push(`${target.name} opened after ${failures}`), closed: () => told.push('closed') },
  })
  const messageIds = await seedMessages(database.db, engine.newId, 100)
  engine.work()
  await record(
    database.db,
    messageIds.map((id) => newEvent(engine.newId(), id)),
  )
  const open = await until(
    async () => {
      const row = await webhook(5)
      return row?.open_until ? row : undefined
    },
    { what: 'an open circuit' },
  )
  expect(open).toMatchObject({ failures_in_a_row: 10, paused_at: now.at })
  const pausedAt = now.at
  expect(told[0]).toBe('Hook 5 opened after 10')
  await until(async () => (await states(5)).claimed === undefined, { what: 'what waited to be given back' })
  const before = broken.requests.length
  expect(before).toBeLessThan(20)

  now.at = new Date(now.at.getTime() + 31_000)
  await broken.received(before + 1)
  await until(async () => Number((await webhook(5))?.failures_in_a_row) === 11, { what: 'a failed probe' })
  expect(broken.requests.length).toBe(before + 1)
  expect(await webhook(5)).toMatchObject({ paused_at: pausedAt })

  broken.answerAlways(200)
  now.at = new Date(now.at.getTime() + 3 * 60_000)
  await until(async () => (await states(5)).delivered === 100, { what: 'everything to be delivered' })
  expect(await webhook(5)).toMatchObject({ failures_in_a_row: 0, open_until: null, paused_at: null })
  expect(told.at(-1)).toBe('closed')
  expect(told.filter((line) => line === 'closed').length).toBe(1)
})

it('leaves a receiver alone for as long as it asks', async () => {
  const now = { at: new Date() }
  await seedWebhook(database.db, { id: 5, url: broken.url })
  broken.answerNext({ status: 429, headers: { 'retry-after': '50' } })
  await using engine = await startWebhookEngine({ ...database, clock: () => now.at })
  const [first = 0, second = 0] = await seedMessages(database.db, engine.newId, 2)
  engine.work()
  await record(database.db, [newEvent(engine.newId(), first)])
  await until(async () => (await webhook(5))?.open_until, { what: 'a pause' })
  await record(database.db, [newEvent(engine.newId(), second)])
  await until(async () => (await states(5)).ready === 2, { what: 'two requests that wait' })
  now.at = new Date(now.at.getTime() + 49_000)
  await new Promise((done) => setImmediate(done))
  expect(broken.requests.length).toBe(1)
  now.at = new Date(now.at.getTime() + 7_000)
  await until(async () => (await states(5)).delivered === 2, { what: 'both to be delivered' })
})

it('records time-outs, refused connections and addresses that may not be reached under the codes of Postal', async () => {
  const closed = await startWebhookReceiver()
  await closed[Symbol.asyncDispose]()
  broken.answerAlways('hang')
  await seedWebhook(database.db, { id: 1, url: broken.url })
  await seedWebhook(database.db, { id: 2, url: closed.url })
  await seedWebhook(database.db, { id: 3, url: 'http://127.0.0.2:8080/' })
  await using engine = await startWebhookEngine({ ...database, timeoutMs: 300, mayConnect: (ip) => ip === '127.0.0.1' })
  const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
  engine.work()
  await record(database.db, [newEvent(engine.newId(), messageId)])
  const attempts = await until(
    async () => {
      const found = await rows('SELECT webhook_id, status_code, response_body FROM webhook_attempts ORDER BY webhook_id')
      return found.length === 3 && found
    },
    { what: 'three attempts' },
  )
  expect(attempts).toEqual([
    { webhook_id: 1, status_code: -1, response_body: 'Timed out after 0.3s' },
    { webhook_id: 2, status_code: -2, response_body: expect.stringContaining('ECONNREFUSED') },
    { webhook_id: 3, status_code: -2, response_body: 'The host has no public address' },
  ])
})

it('keeps at most 64 KiB of an answer, as valid text', async () => {
  await seedWebhook(database.db, { id: 5, url: healthy.url })
  healthy.answerNext({ status: 200, body: '€'.repeat(50_000) })
  await using engine = await startWebhookEngine(database)
  const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
  engine.work()
  await record(database.db, [newEvent(engine.newId(), messageId)])
  const [attempt] = await until(
    async () => {
      const found = await rows('SELECT response_body FROM webhook_attempts')
      return found.length === 1 && found
    },
    { what: 'an attempt' },
  )
  expect(attempt?.response_body).toBe('€'.repeat(Math.floor(65_536 / 3)))
})

it('sends only what a webhook asked for, and newer events only by name', async () => {
  await seedWebhook(database.db, { id: 1, url: `${healthy.url}all` })
  await seedWebhook(database.db, { id: 2, url: `${healthy.url}held`, events: ['MessageHeld'] })
  await seedWebhook(database.db, { id: 3, url: `${healthy.url}new`, events: ['MessageHoldCancelled', 'MessageSent'] })
  await seedWebhook(database.db, { id: 4, url: `${healthy.url}off`, enabled: false })
  await seedWebhook(database.db, { id: 5, url: `${healthy.url}other`, mailServerId: 2 })
  await using engine = await startWebhookEngine(database)
  const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
  for (const kind of ['held', 'hold_cancelled', 'processed', 'sent'] as const)
    await record(database.db, [newEvent(engine.newId(), messageId, { kind })])
  engine.work()
  await until(async () => (await rows("SELECT id FROM webhook_requests WHERE state = 'delivered'")).length === 5, { what: 'five requests' })
  const told = healthy.requests.map(({ url, json }) => `${url} ${(json() as { event: string }).event}`)
  expect(told.sort()).toEqual([
    '/all MessageHeld',
    '/all MessageSent',
    '/held MessageHeld',
    '/new MessageHoldCancelled',
    '/new MessageSent',
  ])
  expect(await rows('SELECT * FROM event_outbox')).toEqual([])
})

it('drops what was on its way to a webhook that is deleted, and sets aside what was on its way to one that is switched off', async () => {
  broken.answerAlways(500)
  for (const id of [1, 2]) await seedWebhook(database.db, { id, url: broken.url })
  const now = { at: new Date() }
  await using engine = await startWebhookEngine({ ...database, clock: () => now.at })
  const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
  engine.work()
  await record(database.db, [newEvent(engine.newId(), messageId)])
  await until(async () => (await rows('SELECT id FROM webhook_attempts')).length === 2, { what: 'two attempts' })
  await database.db.$client.query('DELETE FROM webhooks WHERE id = 1')
  await database.db.$client.query('UPDATE webhooks SET enabled = 0 WHERE id = 2')
  now.at = new Date(now.at.getTime() + 5 * 60_000)
  await until(async () => (await states(1)).ready === undefined && (await states(2)).dead === 1, { what: 'both to end' })
  expect(broken.requests.length).toBe(2)
})
