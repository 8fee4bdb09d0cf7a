/** What one mail server has set wrongly for a relay or an endpoint is nothing to another that sends to the same host. */
import { randomBytes } from 'node:crypto'
import { createSiteReports } from '@posthaste/core/delivery/site-reports.ts'
import { sealContext } from '@posthaste/core/domain/seals.ts'
import { createVault } from '@posthaste/core/domain/vault.ts'
import { insertRelay, type RelayRow } from '@posthaste/core/store/relays.ts'
import { sitesOfDomains } from '@posthaste/core/store/site-reports.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, type EngineOptions, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addRoute, addSmtpEndpoint, arrive } from '@posthaste/test/support/incoming-mail.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

const vault = createVault(randomBytes(32))
const WRONG = 1
const RIGHT = 2
const MAILS = 8

let database: TestDatabase
let dns: DnsServer
let host: ScriptedReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  await query(
    "INSERT INTO mail_servers (id, organization_id, uuid, name, permalink, token, created_at) VALUES (2, 1, 'other', 'Other', 'other', 'ghijkl', NOW())",
  )
  await query(
    `INSERT INTO domains (id, organization_id, mail_server_id, uuid, name, verification_token, verified_at, created_at)
     VALUES (2, 1, 2, 'other', 'other.test', 'token', NOW(), NOW())`,
  )
  dns = await startDnsServer({ zone: { 'smart.test': { A: ['127.0.0.1'] } } })
  const right = Buffer.from('\0shop\0right').toString('base64')
  const auth = ({ line }: { line: string }) => (line.endsWith(right) ? '235 2.7.0 welcome' : '535 5.7.8 wrong password')
  host = await startScriptedReceiver({ features: ['STARTTLS', 'AUTH PLAIN'], script: { auth } })
})
afterEach(async () => {
  for (const one of [host, dns, database]) await one[Symbol.asyncDispose]()
})

const query = async <T>(sql: string, values: unknown[] = []): Promise<T[]> => {
  const [rows] = await database.db.$client.query(sql, values)
  return rows as unknown as T[] // as each test selects
}

const login = (id: number, password: string) => ({
  username: 'shop',
  passwordSealed: Buffer.from(vault.seal(Buffer.from(password), sealContext.relayPassword(id))),
})

const relay = (id: number, row: Partial<RelayRow>) =>
  insertRelay(database.db, {
    ...{ id, mailServerId: null, domain: null, host: 'smart.test', port: host.port, tlsMode: 'auto', createdAt: new Date() },
    ...{ username: null, passwordSealed: null },
    ...row,
  })

const send = (engine: Engine, mailServerId: number) =>
  engine.intake.accept({
    ...{ mailServerId, raw: Buffer.from('Subject: Hello\r\n\r\nHello\r\n'), receivedWithTls: true, credentialId: null },
    recipients: Array.from({ length: MAILS }, (_, n) => ({
      ...{ scope: 'outgoing' as const, rcptTo: `user${n}@receiver.test`, mailFrom: 'a@shop.test', domainId: mailServerId },
    })),
  })

/** The one who is wrong goes first, until its site is dead; then both. */
async function sendBoth(engine: Engine): Promise<void> {
  await send(engine, WRONG)
  engine.work()
  await until(async () => (await statuses(WRONG)).soft_failed === MAILS, { what: 'the wrong one to fail', timeoutMs: 15_000 })
  expect(engine.sites().some(({ dead }) => dead)).toBe(true)
  await Promise.all([send(engine, WRONG), send(engine, RIGHT)])
}

async function statuses(mailServerId: number): Promise<Record<string, number>> {
  const sql = 'SELECT status, COUNT(*) AS count FROM messages WHERE mail_server_id = ? GROUP BY status'
  return Object.fromEntries(
    (await query<{ status: string; count: number }>(sql, [mailServerId])).map(({ status, count }) => [status, count]),
  )
}

const untilSent = () => until(async () => (await statuses(RIGHT)).sent === MAILS, { what: 'the other mail to be sent', timeoutMs: 15_000 })
const start = (options: Partial<EngineOptions> = {}) =>
  startEngine({ db: database.db, dns: dns.address, smtpPort: 1, vault, limits: { probeEveryMs: 600_000 }, ...options })

it.each([
  ['a wrong password', (id: number): Partial<RelayRow> => login(id, 'wrong')],
  ['a wrong TLS mode', (id: number): Partial<RelayRow> => ({ ...login(id, 'right'), tlsMode: 'tls' })],
  ['a certificate that it wants verified', (id: number): Partial<RelayRow> => ({ ...login(id, 'right'), tlsMode: 'starttls' })],
])('%s for a relay stays with the mail server that set it', async (_, wrong) => {
  await relay(1, { mailServerId: WRONG, ...wrong(1) })
  await relay(2, { mailServerId: RIGHT, ...login(2, 'right') })
  await using engine = await start()
  await sendBoth(engine)
  await untilSent()
  expect(host.mails).toHaveLength(MAILS)
  expect(await statuses(WRONG)).not.toHaveProperty('sent')
})

it('a relay of the installation is one site for all, apart from what a mail server has set for the same host', async () => {
  await relay(1, { mailServerId: WRONG, ...login(1, 'wrong') })
  await relay(2, login(2, 'right'))
  await using engine = await start()
  await sendBoth(engine)
  await untilSent()
  await query('INSERT INTO mail_servers (id, organization_id, uuid, name, permalink, token, created_at) SELECT 3, 1, ?, ?, ?, ?, NOW()', [
    ...['third', 'Third', 'third', 'mnopqr'],
  ])
  await query(
    `INSERT INTO domains (id, organization_id, mail_server_id, uuid, name, verification_token, verified_at, created_at)
     VALUES (3, 1, 3, 'third', 'third.test', 'token', NOW(), NOW())`,
  )
  await send(engine, 3)
  await until(async () => (await statuses(3)).sent === MAILS, { what: "the third's mail" })
  const sites = engine.sites().map(({ site, dead }) => [site, dead])
  expect(sites).toEqual([
    [`relay of mail server ${WRONG}: shop@smart.test:${host.port} auto`, true],
    [`relay shop@smart.test:${host.port} auto`, false],
  ])
})

it('a wrong TLS mode of an SMTP endpoint stays with the mail server that set it', async () => {
  await addSmtpEndpoint(database.db, 'smart.test', host.port, { id: 1, mail_server_id: WRONG, uuid: 'wrong', tls_mode: 'tls' })
  await addSmtpEndpoint(database.db, 'smart.test', host.port, { id: 2, mail_server_id: RIGHT, uuid: 'right', tls_mode: 'auto' })
  for (const id of [WRONG, RIGHT])
    await query(
      `INSERT INTO routes (id, mail_server_id, uuid, domain_id, name, token, mode, spam_mode, endpoint_type, endpoint_id, created_at)
       VALUES (?, ?, ?, ?, 'help', ?, 'endpoint', 'mark', 'smtp', ?, NOW())`,
      [id, id, `route${id}`, id, `token${id}`, id],
    )
  await using engine = await start()
  const arriveAt = (id: number) =>
    engine.intake.accept({
      ...{ mailServerId: id, raw: Buffer.from('Subject: Hello\r\n\r\nHello\r\n'), receivedWithTls: true, credentialId: null },
      recipients: [
        {
          ...{ scope: 'incoming', rcptTo: 'help@shop.test', mailFrom: 'ana@client.test', routeId: id, domainId: id },
          ...{ endpointType: 'smtp', endpointId: id },
        },
      ],
    })
  const arriveAll = (id: number) => Promise.all(Array.from({ length: MAILS }, () => arriveAt(id)))
  await arriveAll(WRONG)
  engine.work()
  await until(async () => (await statuses(WRONG)).soft_failed === MAILS, { what: 'the wrong one to fail', timeoutMs: 15_000 })
  await arriveAll(RIGHT)
  await untilSent()
  expect(host.mails).toHaveLength(MAILS)
})

it('an endpoint that keeps incoming mail waiting puts off no outgoing mail to the same domain', async () => {
  await using silent = await startScriptedReceiver({ host: '127.0.0.9', script: { connect: {} } })
  await addSmtpEndpoint(database.db, silent.host, silent.port)
  await addRoute(database.db, { endpoint: ['smtp', 1] })
  await relay(1, {})
  let aheadMs = 0
  await using engine = await start({ clock: () => new Date(Date.now() + aheadMs) })
  await arrive(engine, { rcptTo: 'help@receiver.test', endpoint: ['smtp', 1] })
  engine.work()
  await until(() => silent.connections.total > 0, { what: 'the endpoint to be called' })
  aheadMs = 5_000 // and it has not answered
  await send(engine, WRONG)
  await until(async () => (await statuses(WRONG)).sent === MAILS, { what: 'the outgoing mail to be sent', timeoutMs: 10_000 })
  await silent[Symbol.asyncDispose]()
})

it('what a mail server sends through its own relay does not say where mail of others for the domain goes', async () => {
  await relay(1, {})
  await relay(2, { mailServerId: RIGHT, tlsMode: 'none' })
  const reports = createSiteReports({
    db: database.db,
    node: 1,
    clock: () => new Date(),
    onFault: (fault) => expect.unreachable(`${fault}`),
  })
  await using engine = await start({ reports })
  engine.work()
  for (const id of [WRONG, RIGHT]) {
    await send(engine, id)
    await until(async () => (await statuses(id)).sent === MAILS, { what: `the mail of ${id} to be sent`, timeoutMs: 15_000 })
  }
  await reports[Symbol.asyncDispose]()
  const shared = `relay smart.test:${host.port} auto`
  expect(await sitesOfDomains(database.db, ['receiver.test'])).toEqual(new Map([['receiver.test', shared]]))
  expect(engine.sites().map(({ site }) => site)).toEqual([shared, `relay of mail server ${RIGHT}: smart.test:${host.port} none`])
})
