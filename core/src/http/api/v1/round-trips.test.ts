/** How many round trips to the database a call costs, as docs/performance.md tells. */
import { addTenant, type V1Client, v1Client } from '@posthaste/test/support/api-v1.ts'
import { startTestWeb, type TestWeb } from '@posthaste/test/support/web.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

const CALLS = 20
/** Heartbeats and last uses are written meanwhile, once a second or less often. */
const BESIDE_MAX = 8
/** All that is cached for a call is read anew. */
const CACHE_MS = 10_000

let now = Date.UTC(2030, 0, 1)
let web: TestWeb
let call: V1Client
beforeAll(async () => {
  web = await startTestWeb({ clock: () => new Date(now) })
  call = v1Client(web, (await addTenant(web, { domain: 'shop.test' })).key)
})
afterAll(() => web[Symbol.asyncDispose]())

const mail = (recipients: number) => ({
  to: Array.from({ length: recipients }, (_, n) => `rcpt${n}@client.test`),
  from: 'a@shop.test',
  subject: 'Hi',
  plain_body: 'Hello',
})

async function send(recipients: number): Promise<void> {
  expect(await call('send/message', mail(recipients))).toMatchObject({ status: 'success' })
}

/** What the server has counted on each connection of the role: statements, and those that were prepared. */
async function counted(): Promise<number[]> {
  const { $client } = web.core.db
  const connections = await Promise.all(Array.from({ length: $client.pool.config.connectionLimit ?? 0 }, () => $client.getConnection()))
  return Promise.all(
    connections.map(async (connection) => {
      const [rows] = await connection.query("SHOW SESSION STATUS WHERE Variable_name IN ('Questions', 'Com_stmt_prepare')")
      connection.release()
      return (rows as unknown as { Value: string }[]).reduce((sum, { Value }) => sum + Number(Value), 0) // as selected
    }),
  )
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

async function roundTrips(work: () => Promise<void>): Promise<number> {
  const before = await counted()
  for (let calls = 0; calls < CALLS; calls += 1) await work()
  const after = await counted()
  return sumOf(after) - sumOf(before) - after.length // each of which has counted its counting
}

it.each([
  [1, 1],
  [50, 2],
])('a call for %i recipients alone on the server costs %i, once its sender is known', async (recipients, expected) => {
  for (let calls = 0; calls < CALLS; calls += 1) await send(recipients)
  const trips = await roundTrips(() => send(recipients))
  expect(trips).toBeGreaterThanOrEqual(CALLS * expected)
  expect(trips).toBeLessThanOrEqual(CALLS * expected + BESIDE_MAX)
})

it('looks up who calls and what it may send from with four more, once in three seconds', async () => {
  const trips = await roundTrips(async () => {
    now += CACHE_MS
    await send(1)
  })
  expect(trips).toBeGreaterThanOrEqual(CALLS * 5)
  expect(trips).toBeLessThanOrEqual(CALLS * 5 + BESIDE_MAX)
})
