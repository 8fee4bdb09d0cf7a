/** Domains that share a site share its limits, and nothing that is about one of them alone. */
import type { TlsPlan } from '@posthaste/core/delivery/couriers/open-host.ts'
import type { TlsPlans } from '@posthaste/core/delivery/couriers/target.ts'
import { explainSite } from '@posthaste/core/delivery/explain.ts'
import { createSiteReports } from '@posthaste/core/delivery/site-reports.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, type EngineOptions, MAIL_SERVER_ID, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

const MAILS = 6

let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({
    zone: {
      'left.test': { MX: ['10 left-test.mail.protection.outlook.com'] },
      'here.test': { MX: ['10 here-test.mail.protection.outlook.com'] },
      'here-test.mail.protection.outlook.com': { A: ['127.0.0.1'] },
      'shut.test': { MX: ['10 shut-test.mail.protection.outlook.com'] },
      'shut-test.mail.protection.outlook.com': { A: ['127.0.0.9'] },
      'strict.test': { MX: ['10 mx.hoster.test'] },
      'lax.test': { MX: ['10 mx.hoster.test'] },
      'mx.hoster.test': { A: ['127.0.0.1'] },
    },
  })
  receiver = await startScriptedReceiver()
})
afterEach(async () => {
  for (const one of [receiver, dns, database]) await one[Symbol.asyncDispose]()
})

const start = (options: Partial<EngineOptions> = {}): Promise<Engine> =>
  startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, ...options })

const addresses = (domain: string) => Array.from({ length: MAILS }, (_, n) => `user${n}@${domain}`)

const query = async <T>(sql: string, values: unknown[] = []): Promise<T[]> => {
  const [rows] = await database.db.$client.query(sql, values)
  return rows as unknown as T[] // as each test selects
}
const statuses = async (domain: string): Promise<string[]> => {
  const rows = await query<{ status: string }>('SELECT DISTINCT status FROM messages WHERE rcpt_to LIKE ?', [`%@${domain}`])
  return rows.map(({ status }) => status)
}
const untilAll = (domain: string, status: string) =>
  until(async () => (await statuses(domain)).join() === status, { what: `mail to ${domain} to be ${status}`, timeoutMs: 15_000 })

async function sendAfterFailures(engine: Engine, failing: string, fine: string): Promise<void> {
  await engine.send(addresses(failing))
  engine.work()
  await untilAll(failing, 'soft_failed')
  await engine.send(addresses(fine))
  await untilAll(fine, 'sent')
}

it.each(['left.test', 'shut.test'])('a host of a provider that %s still names says nothing about those of others', async (failing) => {
  await using engine = await start()
  await sendAfterFailures(engine, failing, 'here.test')
  expect(receiver.mails).toHaveLength(MAILS)
  expect(engine.sites()).toMatchObject([{ site: 'microsoft-365', dead: false, failures: 0 }])
})

it('a host of one customer that hangs does not keep mail from the others while a worker is fresh', async () => {
  dns.set({ 'shut-test.mail.protection.outlook.com': { A: ['127.0.0.8'] } })
  await using engine = await start()
  await using hanging = await startScriptedReceiver({ host: '127.0.0.8', port: receiver.port, script: { connect: {} } })
  await engine.send(['ana@shut.test'])
  engine.work()
  await until(() => hanging.connections.total > 0, { what: 'the connection that hangs' })
  await engine.send(addresses('here.test'))
  await untilAll('here.test', 'sent')
  expect(await statuses('shut.test')).toEqual(['pending'])
})

it('explain says which domain is kept from its hosts, and that others are not', async () => {
  const clock = () => new Date()
  await using reports = createSiteReports({ db: database.db, node: 1, clock, onFault: () => undefined, flushMs: 20 })
  await using engine = await start({ reports })
  await sendAfterFailures(engine, 'shut.test', 'here.test')
  const explained = async (domain: string, mailServerId?: number) => {
    const explaining = { db: database.db, dns: createDns({ servers: [dns.address], timeoutMs: 500, clock }), clock, random: Math.random }
    return (await explainSite({ ...explaining, smtpRelays: [] }, domain, mailServerId)).lines.join('\n')
  }
  await until(async () => (await explained('shut.test')).includes('Other mail'), { what: 'the report' })
  expect(await explained('shut.test')).toMatch(
    /No connection to its hosts came about in the last 6 attempts, since \S+: .+\. One mail at a time asks again/,
  )
  expect(await explained('shut.test')).toContain('Other mail to microsoft-365 does not wait for that.')
  expect(await explained('here.test')).not.toContain('No connection')
  expect(await explained('shut.test', MAIL_SERVER_ID)).toContain('in the last 6 attempts')
  expect(await explained('shut.test', MAIL_SERVER_ID)).not.toContain('Other mail')
  expect(await explained('shut.test', 99)).not.toContain('No connection')
})

it.each(['c-73-1-2-3.hsd1.ca.comcast.net', 'vps-12ab34cd.vps.ovh.net'])(
  'what a machine of a customer says, such as %s, limits nothing at the provider',
  async (machine) => {
    const hosts = machine.endsWith('ovh.net') ? 'mx1.mail.ovh.net' : 'mx1.comcast.net'
    await dns[Symbol.asyncDispose]()
    dns = await startDnsServer({
      zone: {
        'rogue.test': { MX: [`10 ${machine}`] },
        [machine]: { A: ['127.0.0.2'] },
        'here.test': { MX: [`10 ${hosts}`] },
        [hosts]: { A: ['127.0.0.1'] },
      },
    })
    await using rogue = await startScriptedReceiver({
      host: '127.0.0.2',
      port: receiver.port,
      script: { mail: '553 5.7.1 [PH01] Email not accepted for policy reasons' },
    })
    await using engine = await start()
    const { messages } = await engine.send(['ana@rogue.test'])
    engine.work()
    await engine.untilStatus(messages[0]?.id ?? 0, 'soft_failed', 'hard_failed')
    expect(rogue.connections.total).toBe(1)
    await until(async () => (await query('SELECT id FROM site_limits')).length === 1, { what: 'the limit' })
    await engine.send(addresses('here.test'))
    await untilAll('here.test', 'sent')
  },
)

it('a domain whose policy its hosts do not fulfil does not make them dead for others', async () => {
  const tlsPlans: TlsPlans = {
    forDomain: async (domain) => ({
      name: domain,
      forHost: async (): Promise<TlsPlan> =>
        domain === 'strict.test'
          ? { kind: 'connect', tls: { mode: 'required', verify: true }, policy: 'mta-sts' }
          : { kind: 'connect', tls: { mode: 'opportunistic', verify: false }, policy: 'opportunistic' },
    }),
  }
  await using engine = await start({ tlsPlans })
  await sendAfterFailures(engine, 'strict.test', 'lax.test')
  expect(receiver.mails).toHaveLength(MAILS)
})

it('such a domain is asked by one probe, not by its backlog', async () => {
  const refusing: TlsPlans = {
    forDomain: async () => ({
      name: 'strict',
      forHost: async () => ({ kind: 'connect', tls: { mode: 'required', verify: true }, policy: 'mta-sts' }),
    }),
  }
  await using engine = await start({ tlsPlans: refusing })
  await engine.send(addresses('strict.test'))
  engine.work()
  await untilAll('strict.test', 'soft_failed')
  const { total } = receiver.connections
  expect(total).toBeLessThan(MAILS)
  await engine.send(addresses('strict.test').map((address) => `more-${address}`))
  await until(async () => (await query('SELECT id FROM deliveries')).length === 2 * MAILS, { what: 'the backlog' })
  expect(receiver.connections.total).toBe(total)
})
