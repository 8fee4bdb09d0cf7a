/** Webhooks from the recorded event to the receiver's answer: what is sent, signed, tried again, and kept. */

import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { seedSender } from '@posthaste/test/support/engine.ts'
import { until } from '@posthaste/test/support/until.ts'
import {
  newEvent,
  PUBLIC_KEY,
  record,
  seedMessages,
  seedWebhook,
  startWebhookEngine,
  WEBHOOK_SECRET,
} from '@posthaste/test/support/webhook-engine.ts'
import { redirectTo, startWebhookReceiver, type WebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let database: TestDatabase
let receiver: WebhookReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  receiver = await startWebhookReceiver({ publicKey: PUBLIC_KEY, secret: WEBHOOK_SECRET })
})

afterEach(async () => {
  await receiver[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

type Row = Record<string, unknown>
const rows = async (statement: string): Promise<Row[]> => {
  const [found] = await database.db.$client.query(statement)
  return found as unknown as Row[] // as selected
}
const requests = () => rows('SELECT * FROM webhook_requests ORDER BY id')
const attempts = () => rows('SELECT * FROM webhook_attempts ORDER BY id')
const settled = (count: number) =>
  until(async () => (await requests()).filter((row) => row.state === 'delivered').length >= count, { what: `${count} delivered requests` })

describe('a request', () => {
  it('has the envelope and headers that receivers know, and every signature is good', async () => {
    await seedWebhook(database.db, { id: 5, url: `${receiver.url}hook?a=1` })
    await using engine = await startWebhookEngine(database)
    engine.work()
    const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
    await record(database.db, [newEvent(engine.newId(), messageId)])
    const [request] = await receiver.received(1)

    expect(request).toMatchObject({ method: 'POST', url: '/hook?a=1' })
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'Postal/test' })
    expect(await request?.verify()).toEqual({ sha1: 'good', sha256: 'good', kid: 'good', standard: 'good' })
    expect(request?.json()).toEqual({
      event: 'MessageSent',
      timestamp: expect.any(Number),
      uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
      sequence: 1,
      payload: {
        message: {
          id: messageId,
          token: expect.stringMatching(/^[A-Za-z0-9]{16}$/),
          direction: 'outgoing',
          message_id: '7781@shop.test',
          to: 'user0@receiver.test',
          from: 'orders@shop.test',
          subject: 'Your order',
          timestamp: expect.any(Number),
          spam_status: 'NotChecked',
          tag: 'order',
        },
        status: 'Sent',
        details: 'Message accepted',
        output: '250 2.0.0 Ok',
        sent_with_ssl: true,
        timestamp: expect.any(Number),
        time: 0.42,
      },
    })
    await settled(1)
    const [attempt] = await attempts()
    expect(attempt).toMatchObject({ attempt: 1, status_code: 200, will_retry: 0, url: `${receiver.url}hook?a=1` })
    expect(engine.faults).toEqual([])
  })

  it('is signed by the secret alone when the webhook wants it so, the repeats too', async () => {
    await seedWebhook(database.db, { id: 5, url: receiver.url, postalSignatures: false })
    await using engine = await startWebhookEngine(database)
    engine.work()
    receiver.answerNext({ status: 503, headers: { 'retry-after': '1' } })
    const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
    await record(database.db, [newEvent(engine.newId(), messageId)])
    for (const request of await receiver.received(2)) {
      expect(await request.verify()).toEqual({ sha1: 'absent', sha256: 'absent', kid: 'absent', standard: 'good' })
    }
  })

  it('leaves its headers and those of the answer in the history, without secrets', async () => {
    await seedWebhook(database.db, { id: 5, url: receiver.url })
    await using engine = await startWebhookEngine(database)
    engine.work()
    receiver.answerNext({ status: 200, headers: { 'x-request-id': '4711', 'set-cookie': 'session=hush' } })
    const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
    await record(database.db, [newEvent(engine.newId(), messageId)])
    const [sent] = await receiver.received(1)
    await settled(1)
    const [attempt] = await attempts()
    const [request, response] = [attempt?.request_headers, attempt?.response_headers].map(
      (kept) => Object.fromEntries(kept as [string, string][]), // as selected
    )
    expect(request).toMatchObject({ 'User-Agent': 'Postal/test', 'webhook-id': sent?.headers['webhook-id'] })
    expect(request?.['X-Postal-Signature']).toMatch(/^.{12}…$/)
    expect(response).toMatchObject({ 'x-request-id': '4711', 'set-cookie': '[redacted]' })
  })

  it('is signed by both secrets while one replaces the other', async () => {
    const former = `whsec_${Buffer.from('the secret before this one').toString('base64')}`
    await seedWebhook(database.db, { id: 5, url: receiver.url, previousSecret: former })
    await using engine = await startWebhookEngine(database)
    engine.work()
    const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
    await record(database.db, [newEvent(engine.newId(), messageId)])
    const [request] = await receiver.received(1)
    expect(await request?.verify()).toMatchObject({ standard: 'good' })
    receiver.trust({ secret: former })
    expect(await request?.verify()).toMatchObject({ standard: 'good' })
  })

  it('arrives within a fifth of a second of its event', async () => {
    await seedWebhook(database.db, { id: 5, url: receiver.url })
    await using engine = await startWebhookEngine(database)
    engine.work()
    const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
    await record(database.db, [newEvent(engine.newId(), messageId)])
    await receiver.received(1)
    let told = 1
    const wait = async (): Promise<number> => {
      const at = Date.now()
      await record(database.db, [newEvent(engine.newId(), messageId)])
      told += 1
      const last = (await receiver.received(told))[told - 1]
      return (last?.receivedAt.getTime() ?? Number.POSITIVE_INFINITY) - at
    }
    // What a busy machine adds is not there each time; what is built in would be.
    await until(async () => (await wait()) < 200, { what: 'an event to arrive in time', timeoutMs: 30_000 })
  })
})

describe('a receiver that fails', () => {
  const now = { at: new Date() }
  const clock = () => now.at

  it('gets the same bytes and the same signatures again, after two minutes', async () => {
    now.at = new Date()
    await seedWebhook(database.db, { id: 5, url: receiver.url })
    receiver.answerNext(500)
    await using engine = await startWebhookEngine({ ...database, clock })
    engine.work()
    const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
    await record(database.db, [newEvent(engine.newId(), messageId)])
    await receiver.received(1)
    const waiting = await until(async () => (await requests()).find((row) => row.state === 'ready' && row.attempts === 1), {
      what: 'a failed request',
    })
    expect(Number(waiting.due_at) - now.at.getTime()).toBe(120_000)

    now.at = new Date(now.at.getTime() + 121_000)
    const [first, second] = await receiver.received(2)
    expect(second?.raw.equals(first?.raw ?? Buffer.alloc(0))).toBe(true)
    expect(second?.headers['x-postal-signature']).toBe(first?.headers['x-postal-signature'])
    expect(second?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp'])
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    await settled(1)
    expect((await attempts()).map((row) => [row.attempt, row.status_code, row.will_retry])).toEqual([
      [1, 500, 1],
      [2, 200, 0],
    ])
  })

  it('is not followed to another address', async () => {
    now.at = new Date()
    await using other = await startWebhookReceiver()
    await seedWebhook(database.db, { id: 5, url: receiver.url })
    receiver.answerNext(redirectTo(other.url))
    await using engine = await startWebhookEngine({ ...database, clock })
    engine.work()
    const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
    await record(database.db, [newEvent(engine.newId(), messageId)])
    const [attempt] = await until(async () => (await attempts()).length === 1 && attempts(), { what: 'an attempt' })
    expect(attempt).toMatchObject({ status_code: 302, will_retry: 1 })
    expect(other.requests).toEqual([])
  })
})
