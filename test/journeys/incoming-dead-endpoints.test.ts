/** Mail for an endpoint that is away learns so from a few tries, not from one try each, and goes when a probe comes through. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addHttpEndpoint, addRoute, addSmtpEndpoint, arrive } from '@posthaste/test/support/incoming-mail.ts'
import { until } from '@posthaste/test/support/until.ts'
import { startWebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

const MAILS = 60
/** Those that make it sure, and those that were under way meanwhile. */
const TRIES_MAX = 12
const PROBE_EVERY_MS = 4_000

let database: TestDatabase
let dns: DnsServer
let engine: Engine

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'box.client.test': { A: ['127.0.0.1'] }, 'client.test': { TXT: ['v=spf1 -all'] } } })
  const incoming = { probeEveryMs: PROBE_EVERY_MS }
  engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: 1, incoming, limits: { probeEveryMs: PROBE_EVERY_MS } })
})
afterEach(async () => {
  for (const one of [engine, dns, database]) await one[Symbol.asyncDispose]()
})

async function arriveMany(endpoint: ['http' | 'smtp', number]): Promise<number[]> {
  await addRoute(database.db, { endpoint })
  const messages = await Promise.all(Array.from({ length: MAILS }, () => arrive(engine, { endpoint })))
  engine.work()
  return messages.map(({ id }) => id)
}

const untilAll = (status: 'soft_failed' | 'sent') =>
  until(
    async () => {
      const [rows] = await database.db.$client.query('SELECT COUNT(*) AS count FROM messages WHERE status = ?', [status])
      return (rows as unknown as { count: number }[])[0]?.count === MAILS // as selected
    },
    { what: `all mails to be ${status}`, timeoutMs: 25_000 },
  )

it('an HTTP endpoint that cuts the line is asked by a few, then by probes', async () => {
  await using app = await startWebhookReceiver()
  app.answerAlways('reset')
  await addHttpEndpoint(database.db, app.url)
  const ids = await arriveMany(['http', 1])
  await untilAll('soft_failed')
  expect(app.requests.length).toBeLessThanOrEqual(TRIES_MAX)
  const [delivery] = await engine.deliveries(ids.at(-1) ?? 0)
  expect(delivery?.details).toBe(`Received a -2 from ${app.url}`)

  app.answerAlways(200)
  const sent = untilAll('sent')
  // It may meet the worker in a deadlock; then the next one does it.
  const hurry = () => database.db.$client.query('UPDATE queue_entries SET due_at = NOW(3)').catch(() => undefined)
  const due = setInterval(() => void hurry(), 1_000)
  await sent.finally(() => clearInterval(due))
  expect(engine.faults).toEqual([])
}, 60_000)

it('an HTTP endpoint that answers gets all its mail, also when single ones fail', async () => {
  await using app = await startWebhookReceiver()
  app.answerNext('reset', 200, 'reset', 200, 'reset', 200)
  await addHttpEndpoint(database.db, app.url)
  await arriveMany(['http', 1])
  await app.received(MAILS, 20_000)
}, 60_000)

it('an SMTP endpoint that cuts the line is asked by a few', async () => {
  const counted = { connections: 0 }
  const server = await deadServer(counted)
  const address = server.address()
  await addSmtpEndpoint(database.db, 'box.client.test', typeof address === 'object' && address ? address.port : 0)
  await arriveMany(['smtp', 1])
  await untilAll('soft_failed')
  server.close()
  expect(counted.connections).toBeLessThanOrEqual(TRIES_MAX)
}, 60_000)

async function deadServer(counted: { connections: number }): Promise<Server> {
  const server = createServer((socket) => {
    counted.connections += 1
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
