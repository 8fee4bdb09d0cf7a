/** An SMTP endpoint that wants a name and a password gets them, over TLS only. */
import { randomBytes } from 'node:crypto'
import { sealContext } from '@posthaste/core/domain/seals.ts'
import { createVault } from '@posthaste/core/domain/vault.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addRoute, addSmtpEndpoint, arrive } from '@posthaste/test/support/incoming-mail.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

const vault = createVault(randomBytes(32))
const PROOF = `AUTH PLAIN ${Buffer.from('\0box\0hunter2').toString('base64')}`

let database: TestDatabase
let dns: DnsServer
let box: ScriptedReceiver
let engine: Engine

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'box.client.test': { A: ['127.0.0.1'] } } })
  box = await startScriptedReceiver({ features: ['STARTTLS', 'AUTH PLAIN'] })
  const password_sealed = Buffer.from(vault.seal(Buffer.from('hunter2'), sealContext.smtpEndpointPassword(1)))
  await addSmtpEndpoint(database.db, 'box.client.test', box.port, { username: 'box', password_sealed })
  await addRoute(database.db, { endpoint: ['smtp', 1] })
  engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: box.port, vault })
  engine.work()
})
afterEach(async () => {
  for (const one of [engine, box, dns, database]) await one[Symbol.asyncDispose]()
})

const lines = () => box.commands.map(({ line }) => line)

it('signs in over TLS with the password that was sealed', async () => {
  const message = await arrive(engine, { endpoint: ['smtp', 1] })
  await engine.untilStatus(message.id, 'sent')
  expect(lines()).toContain(PROOF)
  expect(box.mails).toMatchObject([{ rcptTo: ['help@shop.test'], tls: true }])
})

it('waits and bounces nothing when the password is refused, since the customer can mend it', async () => {
  box.play({ auth: '535 5.7.8 authentication failed' })
  const message = await arrive(engine, { endpoint: ['smtp', 1] })
  await engine.untilStatus(message.id, 'soft_failed')
  expect((await engine.deliveries(message.id)).at(-1)).toMatchObject({ output: expect.stringContaining('5.7.8') })
  expect(box.mails).toEqual([])
})
