/** Operators say how connections to a recipient domain are secured, and lower what the domain itself demands only when they say so. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { explainSite } from '@posthaste/core/delivery/explain.ts'
import { createTlsPlans } from '@posthaste/core/delivery/tls-plans.ts'
import { findTlsPolicy, type TlsPolicy, underPolicies } from '@posthaste/core/delivery/tls-policies.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { createHttpClient } from '@posthaste/core/net/http-client.ts'
import type { SecureDns } from '@posthaste/core/net/secure-dns.ts'
import { putPolicy } from '@posthaste/core/store/mta-sts-policies.ts'
import { makeAuthority, makeCertificate } from '@posthaste/test/support/certificate.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  const MX = ['10 mx.receiver.test']
  dns = await startDnsServer({
    zone: { 'receiver.test': { MX }, 'other.test': { MX }, 'mx.receiver.test': { A: ['127.0.0.1'] } },
  })
  receiver = await startScriptedReceiver()
})
afterEach(async () => {
  for (const one of [receiver, dns, database]) await one[Symbol.asyncDispose]()
})

const clock = () => new Date()
const resolver = () => createDns({ servers: [dns.address], timeoutMs: 500, clock })

const policy = (level: TlsPolicy['level'], domain = 'receiver.test', regardless = false): TlsPolicy => ({ domain, level, regardless })

async function start(policies: readonly TlsPolicy[], secureDns: SecureDns | null = null): Promise<Engine> {
  const http = createHttpClient({ dns: resolver(), mayConnect: () => true })
  const plans = createTlsPlans({ db: database.db, dns: resolver(), http, secureDns, port: receiver.port, clock })
  const tlsPlans = underPolicies(plans, findTlsPolicy(policies))
  const engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, tlsPlans })
  engine.work()
  return engine
}

async function send(engine: Engine, rcptTo: string, status: 'sent' | 'soft_failed') {
  const { messages } = await engine.send([rcptTo])
  await engine.untilStatus(messages[0]?.id ?? 0, status)
  const [rows] = await database.db.$client.query(
    'SELECT tls_policy AS policy, tls_version AS version, reply_class AS replyClass FROM deliveries ORDER BY id DESC LIMIT 1',
  )
  return (rows as unknown as { policy: string | null; version: string | null; replyClass: string | null }[])[0] // as selected
}

const recipients = () => receiver.mails.map(({ rcptTo }) => rcptTo[0])

const enforced = () =>
  putPolicy(database.db, {
    domain: 'receiver.test',
    policyId: '1',
    mode: 'enforce',
    hosts: ['mx.receiver.test'],
    expiresAt: new Date(Date.now() + 86_400_000),
  })

it('required: nothing goes in clear to this domain, and to others at the same host as ever', async () => {
  receiver.play({ starttls: '454 4.7.0 not today' })
  await using engine = await start([policy('required')])
  expect(await send(engine, 'bob@other.test', 'sent')).toEqual({ policy: 'none', version: null, replyClass: null })
  await send(engine, 'ana@receiver.test', 'soft_failed')
  expect(recipients()).toEqual(['bob@other.test'])
})

it('required: takes a certificate that nobody vouches for, and is recorded', async () => {
  await using engine = await start([policy('required')])
  expect(await send(engine, 'ana@receiver.test', 'sent')).toMatchObject({ policy: 'required', version: expect.stringMatching(/^TLSv1/) })
})

it('verified: such a certificate does not do, not even on a session that another domain has opened', async () => {
  await using engine = await start([policy('verified')])
  expect(await send(engine, 'bob@other.test', 'sent')).toMatchObject({ policy: 'opportunistic' })
  expect((await send(engine, 'ana@receiver.test', 'soft_failed'))?.replyClass).toBe('tls_failed')
  expect(recipients()).toEqual(['bob@other.test'])
})

it.each([
  ['mx.receiver.test', 'sent'],
  ['mx.elsewhere.test', 'soft_failed'],
] as const)('verified: a certificate for %s is %s', async (name, status) => {
  const authority = await makeAuthority()
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, authority.cert])
  onTestFinished(() => setDefaultCACertificates(trusted))
  await receiver[Symbol.asyncDispose]()
  receiver = await startScriptedReceiver({ certificate: await makeCertificate({ names: [name], authority }) })
  await using engine = await start([policy('verified')])
  expect((await send(engine, 'ana@receiver.test', status))?.policy).toBe(status === 'sent' ? 'verified' : null)
})

it('none: goes in clear although the host offers more', async () => {
  await using engine = await start([policy('none')])
  expect(await send(engine, 'ana@receiver.test', 'sent')).toMatchObject({ policy: 'none', version: null })
  expect(receiver.commands.some(({ line }) => line === 'STARTTLS')).toBe(false)
})

it.each(['none', 'opportunistic', 'required'] as const)(
  '%s: takes nothing from an MTA-STS policy, unless regardless of it',
  async (level) => {
    await enforced()
    const attempt = async (regardless: boolean, status: 'sent' | 'soft_failed') => {
      await using engine = await start([policy(level, 'receiver.test', regardless)])
      return await send(engine, `ana-${status}@receiver.test`, status)
    }
    expect((await attempt(false, 'soft_failed'))?.replyClass).toBe('tls_failed')
    expect(receiver.mails).toEqual([])
    expect(await attempt(true, 'sent')).toMatchObject({ policy: level })
  },
)

it('none: takes nothing from DANE', async () => {
  const records = [{ type: 'TLSA', name: '', data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) } } as const]
  const vouching: SecureDns = {
    ask: async (_, type) =>
      type === 'MX'
        ? { kind: 'secure', records: [{ type: 'MX', name: '', data: { preference: 10, exchange: 'mx.receiver.test' } }] }
        : { kind: 'secure', records: type === 'TLSA' ? records : [] },
  }
  await using engine = await start([policy('none')], vouching)
  expect((await send(engine, 'ana@receiver.test', 'soft_failed'))?.replyClass).toBe('tls_failed')
  expect(receiver.mails).toEqual([])
})

it('is the closest: the domain, then what is above it, the domain below a dot left out', () => {
  const find = findTlsPolicy([policy('none', '.test'), policy('required', '.receiver.test'), policy('verified', 'a.receiver.test')])
  expect(['a.receiver.test', 'b.a.receiver.test', 'receiver.test', 'test', '[192.0.2.1]'].map((name) => find(name)?.level)).toEqual([
    'verified',
    'required',
    'none',
    undefined,
    undefined,
  ])
})

it('is told by explain', async () => {
  const explained = async (tlsPolicies: readonly TlsPolicy[]) =>
    (await explainSite({ db: database.db, dns: resolver(), clock, random: Math.random, smtpRelays: [], tlsPolicies }, 'receiver.test'))
      .lines
  expect(await explained([policy('verified')])).toContain(
    'By the configuration, connections there must be encrypted, with a certificate that is verified.',
  )
  expect(await explained([policy('none', 'receiver.test', true)])).toContain(
    'By the configuration, connections there are not encrypted, whatever the domain itself demands.',
  )
  expect((await explained([])).join()).not.toContain('By the configuration')
})
