/** Events reach receivers in the order of their message, also when some fail, when workers die, and when several work. */

import { fanOut } from '@posthaste/core/events/fan-out.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { seedSender } from '@posthaste/test/support/engine.ts'
import { until } from '@posthaste/test/support/until.ts'
import {
  newEvent,
  record,
  seedMessages,
  seedWebhook,
  startWebhookEngine,
  type WebhookEngine,
} from '@posthaste/test/support/webhook-engine.ts'
import { startWebhookReceiver, type WebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

let database: TestDatabase
let receiver: WebhookReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  receiver = await startWebhookReceiver()
  await seedWebhook(database.db, { id: 5, url: receiver.url })
})

afterEach(async () => {
  await receiver[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const count = async (statement: string): Promise<number> => {
  const [rows] = await database.db.$client.query(statement)
  return Number((rows as unknown as { n: number }[])[0]?.n) // each names it so
}
const unsettled = () => count("SELECT COUNT(*) AS n FROM webhook_requests WHERE state IN ('ready', 'claimed')")
const outbox = () => count('SELECT COUNT(*) AS n FROM event_outbox')
const quiet = (timeoutMs = 20_000) =>
  until(async () => (await outbox()) + (await unsettled()) === 0, { what: 'everything to be delivered', timeoutMs })

type Told = { readonly uuid: string; readonly sequence: number; readonly payload: { readonly message: { readonly id: number } } }
/** Per message the numbers of its events, in the order in which they were taken; repeats left out. */
function taken(): Map<number, number[]> {
  const seen = new Set<string>()
  const orders = new Map<number, number[]>()
  for (const request of receiver.requests.filter(({ status }) => status === 200)) {
    const { uuid, sequence, payload } = request.json() as Told // as we send it
    if (seen.has(uuid)) continue
    seen.add(uuid)
    orders.set(payload.message.id, [...(orders.get(payload.message.id) ?? []), sequence])
  }
  return orders
}

async function recordRounds(engine: WebhookEngine, messageIds: readonly number[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1)
    await record(
      database.db,
      messageIds.map((id) => newEvent(engine.newId(), id)),
    )
}

it('sends a burst of events of one message one after the other', async () => {
  await using engine = await startWebhookEngine(database)
  const messageIds = await seedMessages(database.db, engine.newId, 3)
  await recordRounds(engine, messageIds, 40)
  engine.work()
  await quiet()
  const inOrder = Array.from({ length: 40 }, (_, n) => n + 1)
  expect([...taken().values()]).toEqual([inOrder, inOrder, inOrder])
  expect(receiver.requests.length).toBe(120)
})

it('lets later events of a message wait behind one that failed, and those of other messages pass', async () => {
  const now = { at: new Date() }
  await using engine = await startWebhookEngine({ ...database, clock: () => now.at })
  const [first = 0, second = 0] = await seedMessages(database.db, engine.newId, 2)
  receiver.answerNext(500)
  engine.work()
  await record(database.db, [newEvent(engine.newId(), first)])
  await receiver.received(1)
  await recordRounds(engine, [first, second], 2)
  await until(() => taken().get(second)?.length === 2, { what: 'the other message' })
  expect(taken().get(first)).toBeUndefined()
  now.at = new Date(now.at.getTime() + 121_000)
  await until(() => taken().get(first)?.length === 3, { what: 'the message that waited' })
  expect(taken().get(first)).toEqual([1, 2, 3])
})

it('lets later events pass when Postal would have dropped the one that fails', async () => {
  const now = { at: new Date() }
  await using engine = await startWebhookEngine({ ...database, clock: () => now.at })
  const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
  receiver.answerNext(400, 400, 400, 400, 400, 400)
  engine.work()
  await recordRounds(engine, [messageId], 1)
  for (let attempts = 1; attempts <= 6; attempts += 1) {
    await receiver.received(attempts)
    await until(async () => (await count(`SELECT attempts AS n FROM webhook_requests ORDER BY id LIMIT 1`)) === attempts, {
      what: 'a record',
    })
    if (attempts === 1) await recordRounds(engine, [messageId], 1)
    if (attempts < 6) now.at = new Date(now.at.getTime() + 16 * 60_000)
  }
  now.at = new Date(now.at.getTime() + 16 * 60_000)
  await until(() => taken().get(messageId)?.length === 1, { what: 'the later event' })
  expect(taken().get(messageId)).toEqual([2])
})

it('keeps the order with two workers at once and a receiver that often fails, and sends each event once per success', async () => {
  const now = { ahead: 0 }
  const clock = () => new Date(Date.now() + now.ahead)
  await using one = await startWebhookEngine({ ...database, clock })
  await using two = await startWebhookEngine({ ...database, clock })
  const messageIds = await seedMessages(database.db, one.newId, 40)
  for (let n = 0; n < 60; n += 1) receiver.answerNext(...([200, 200, 200, 503] as const))
  one.work()
  two.work()
  await recordRounds(one, messageIds, 6)
  await until(
    async () => {
      now.ahead += 30_000 // retries come soon
      return (await outbox()) + (await unsettled()) === 0
    },
    { what: 'everything to be delivered', timeoutMs: 60_000 },
  )
  expect([...taken().values()]).toEqual(messageIds.map(() => [1, 2, 3, 4, 5, 6]))
  expect(receiver.requests.filter(({ status }) => status === 200).length).toBe(240)
  expect([...one.faults, ...two.faults]).toEqual([])
})

it('fans each event out once, by two workers at once, in the order of its message', async () => {
  await using one = await startWebhookEngine(database)
  await using two = await startWebhookEngine(database)
  const messageIds = await seedMessages(database.db, one.newId, 60)
  await recordRounds(one, messageIds, 10)
  while ((await outbox()) > 0) await Promise.all([fanOut(one.fanOut, 37), fanOut(two.fanOut, 41), fanOut(one.fanOut, 23)])
  expect(await count('SELECT COUNT(DISTINCT event_id) AS n FROM webhook_requests')).toBe(600)
  const [rows] = await database.db.$client.query(
    'SELECT message_id AS id, GROUP_CONCAT(sequence ORDER BY id) AS told FROM webhook_requests GROUP BY 1',
  )
  expect(new Set((rows as unknown as { told: string }[]).map(({ told }) => told))).toEqual(new Set(['1,2,3,4,5,6,7,8,9,10'])) // as selected
})

it('takes an earlier event with the higher id first, because clocks differ', async () => {
  await using engine = await startWebhookEngine(database)
  const [messageId = 0] = await seedMessages(database.db, engine.newId, 1)
  const [low, high] = [engine.newId(), engine.newId()]
  await record(database.db, [newEvent(high, messageId)])
  await record(database.db, [newEvent(low, messageId)])
  await fanOut(engine.fanOut, 1)
  const [rows] = await database.db.$client.query('SELECT event_id AS eventId FROM webhook_requests ORDER BY id')
  expect((rows as unknown as { eventId: number }[]).map(({ eventId }) => eventId)).toEqual([high, low]) // as selected
})
