/** Mail goes through the relay that was set most closely: for its recipient's domain, for its mail server, for the installation. */
import { randomBytes } from 'node:crypto'
import { sealContext } from '@posthaste/core/domain/seals.ts'
import { createVault } from '@posthaste/core/domain/vault.ts'
import { deleteRelay, insertRelay, type RelayRow } from '@posthaste/core/store/relays.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, MAIL_SERVER_ID, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

const vault = createVault(randomBytes(32))
const FEATURES = ['STARTTLS', 'AUTH PLAIN']
const SPARE = '127.0.0.5'
const DEAD = '127.0.0.6'

let database: TestDatabase
let dns: DnsServer
/** The domain's own host, and a relay that may stand for it. */
let receiver: ScriptedReceiver
let relay: ScriptedReceiver
let spare: ScriptedReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  const zone = { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } }
  dns = await startDnsServer({ zone: { ...zone, 'other.test': { MX: ['10 mx.receiver.test'] } } })
  receiver = await startScriptedReceiver()
  relay = await startScriptedReceiver({ host: '127.0.0.4', port: receiver.port, features: FEATURES })
  spare = await startScriptedReceiver({ host: SPARE, port: receiver.port, features: FEATURES })
})

afterEach(async () => {
  for (const one of [receiver, relay, spare, dns, database]) await one[Symbol.asyncDispose]()
})

const start = (): Promise<Engine> => startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, vault })

let last = 0
async function set(row: Partial<RelayRow>): Promise<number> {
  last += 1
  const base = { mailServerId: null, domain: null, host: relay.host, port: receiver.port, tlsMode: 'auto', createdAt: new Date() } as const
  await insertRelay(database.db, { id: last, ...base, username: null, passwordSealed: null, ...row })
  return last
}

async function deliver(engine: Engine, rcptTo: string): Promise<void> {
  const { messages } = await engine.send([rcptTo])
  await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
}

const counts = () => ({ own: receiver.mails.length, relay: relay.mails.length, spare: spare.mails.length })

it('prefers the relay of the recipient domain to that of the mail server, and that to the one of the installation', async () => {
  await using engine = await start()
  engine.work()
  const installation = await set({ host: SPARE })
  await deliver(engine, 'ana@receiver.test')
  expect(counts()).toEqual({ own: 0, relay: 0, spare: 1 })

  const ofMailServer = await set({ mailServerId: MAIL_SERVER_ID })
  await deliver(engine, 'ana@receiver.test')
  expect(counts()).toEqual({ own: 0, relay: 1, spare: 1 })

  const ofDomain = await set({ domain: 'receiver.test', host: SPARE })
  await deliver(engine, 'ana@Receiver.test')
  await deliver(engine, 'ana@other.test')
  expect(counts()).toEqual({ own: 0, relay: 2, spare: 2 })

  for (const id of [installation, ofMailServer, ofDomain]) await deleteRelay(database.db, id)
  await deliver(engine, 'ana@receiver.test')
  expect(counts()).toEqual({ own: 1, relay: 2, spare: 2 })
})

it('goes on with the next relay when one is away or refuses', async () => {
  await set({ domain: 'receiver.test', host: DEAD })
  await set({ domain: 'receiver.test' })
  await set({ domain: 'receiver.test', host: SPARE })
  relay.play({ connect: '421 4.3.2 closing' })
  await using engine = await start()
  engine.work()
  await deliver(engine, 'ana@receiver.test')
  expect(counts()).toEqual({ own: 0, relay: 0, spare: 1 })
})

it('signs in over TLS with the password that was sealed', async () => {
  const id = last + 1
  const passwordSealed = Buffer.from(vault.seal(Buffer.from('hunter2'), sealContext.relayPassword(id)))
  await set({ mailServerId: MAIL_SERVER_ID, username: 'shop', passwordSealed })
  await using engine = await start()
  engine.work()
  await deliver(engine, 'ana@receiver.test')
  expect(relay.mails[0]?.tls).toBe(true)
  const proof = Buffer.from('\0shop\0hunter2').toString('base64')
  expect(relay.commands.map(({ line }) => line)).toContain(`AUTH PLAIN ${proof}`)
})

it('takes no other mail server along', async () => {
  await set({ mailServerId: MAIL_SERVER_ID + 1 })
  await set({ mailServerId: MAIL_SERVER_ID + 1, domain: 'receiver.test' })
  await using engine = await start()
  engine.work()
  await deliver(engine, 'ana@receiver.test')
  expect(counts()).toEqual({ own: 1, relay: 0, spare: 0 })
})

it('may be in a private network, where domains lead nobody', async () => {
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, vault, mayConnect: () => false })
  engine.work()
  const { messages } = await engine.send(['ana@other.test'])
  await engine.untilStatus(messages[0]?.id ?? 0, 'hard_failed')
  await set({ domain: 'receiver.test' })
  await deliver(engine, 'ana@receiver.test')
  expect(counts()).toEqual({ own: 0, relay: 1, spare: 0 })
})
