/** A mail that arrives after all ends the suppression that a failure brought, and none that a person wants. */
import { findSuppressions, suppressionStatement } from '@posthaste/core/store/suppressions.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, MAIL_SERVER_ID, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

const NOW = new Date()
const LATER = new Date(NOW.getTime() + 86_400_000)
let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver
let engine: Engine

beforeAll(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } } })
  receiver = await startScriptedReceiver({ script: {} })
  engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })
})

afterAll(async () => {
  await engine[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function learn(id: number, address: string, reason: string, keepUntil: Date | null): Promise<void> {
  const [statement, values] = suppressionStatement([
    { id, mailServerId: MAIL_SERVER_ID, address, reason, source: 'delivery', keepUntil, createdAt: NOW },
  ])
  await database.db.$client.query(statement, [...values])
}

const listed = async (...addresses: string[]) =>
  (await findSuppressions(database.db, MAIL_SERVER_ID, addresses, NOW)).map(({ address, reason }) => `${address} ${reason}`).sort()

it('ends when a released mail is taken, unless the recipient complained', async () => {
  await learn(1, 'ana@receiver.test', 'unknown user', LATER)
  await learn(2, 'bob@receiver.test', 'complaint', null)
  const { messages } = await engine.send(['Ana@receiver.test', 'bob@receiver.test'])
  await database.db.$client.query('UPDATE queue_entries SET manual = 1')
  engine.work()
  const [ana, bob] = messages.map(({ id }) => id)
  for (const id of [ana, bob]) await engine.untilStatus(id ?? 0, 'sent')
  expect((await engine.deliveries(ana ?? 0)).at(-1)?.details).toMatch(/ accepted by .*\. Recipient removed from suppression list$/)
  expect((await engine.deliveries(bob ?? 0)).at(-1)?.details).not.toContain('suppression list')
  expect(await listed('ana@receiver.test', 'bob@receiver.test')).toEqual(['bob@receiver.test complaint'])
})

it('is neither ended sooner nor renamed by a failure when it is for ever', async () => {
  await learn(3, 'eva@receiver.test', 'complaint', null)
  await learn(4, 'eva@receiver.test', 'unknown user', LATER)
  await learn(5, 'kim@receiver.test', 'unknown user', LATER)
  await learn(6, 'kim@receiver.test', 'complaint', null)
  expect(await listed('eva@receiver.test', 'kim@receiver.test')).toEqual(['eva@receiver.test complaint', 'kim@receiver.test complaint'])
})
