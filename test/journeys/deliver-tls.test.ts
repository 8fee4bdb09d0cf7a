/** Encryption that is promised is kept: DANE and MTA-STS are never downgraded, and what was used is recorded. */
import { createHash, X509Certificate } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { explainMessage } from '@posthaste/core/delivery/explain.ts'
import { createTlsPlans } from '@posthaste/core/delivery/tls-plans.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { createHttpClient } from '@posthaste/core/net/http-client.ts'
import type { SecureAnswer, SecureDns } from '@posthaste/core/net/secure-dns.ts'
import { findPolicy, putPolicy } from '@posthaste/core/store/mta-sts-policies.ts'
import { type Certificate, makeAuthority, makeCertificate } from '@posthaste/test/support/certificate.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { startReceiver } from '@posthaste/test/support/receiver.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver

const ZONE = {
  'receiver.test': { MX: ['10 mx.receiver.test'] },
  'mx.receiver.test': { A: ['127.0.0.1'] },
  '_mta-sts.receiver.test': { TXT: ['v=STSv1; id=one;'] },
  'mta-sts.receiver.test': { A: ['127.0.0.7'] },
}

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  receiver = await startScriptedReceiver()
})

afterEach(async () => {
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** What a validating resolver would say. */
const vouching = (answers: Readonly<Record<string, SecureAnswer>>): SecureDns => ({
  ask: async (name, type) => answers[`${name} ${type}`] ?? { kind: 'secure', records: type === 'MX' ? MX_RECORDS : [] },
})
const MX_RECORDS: SecureAnswer['records'] = [{ type: 'MX', name: '', data: { preference: 10, exchange: 'mx.receiver.test' } }]

const clock = () => new Date()

async function start(secureDns: SecureDns | null, ca?: string): Promise<Engine> {
  const resolver = createDns({ servers: [dns.address], timeoutMs: 500, clock })
  const http = createHttpClient({ dns: resolver, mayConnect: () => true, ...(ca ? { ca } : {}) })
  const tlsPlans = createTlsPlans({ db: database.db, dns: resolver, http, secureDns, port: receiver.port, clock })
  return startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, tlsPlans })
}

const recorded = async () => {
  const [rows] = await database.db.$client.query(
    'SELECT status, tls_policy AS policy, tls_version AS version, reply_class AS replyClass, output FROM deliveries ORDER BY id DESC LIMIT 1',
  )
  return (rows as unknown as { status: string; policy: string; version: string; replyClass: string; output: string }[])[0] // as selected
}

async function sendOne(engine: Engine, status: 'sent' | 'soft_failed') {
  const { messages } = await engine.send(['ana@receiver.test'])
  engine.work()
  await engine.untilStatus(messages[0]?.id ?? 0, status)
  return recorded()
}

const tlsa = (port: number, data: Buffer): Record<string, SecureAnswer> => ({
  [`_${port}._tcp.mx.receiver.test TLSA`]: {
    kind: 'secure',
    records: [{ type: 'TLSA', name: '', data: { usage: 3, selector: 1, matchingType: 1, certificate: data } }],
  },
})
const keyHash = (certificate: Certificate): Buffer =>
  createHash('sha256')
    .update(new X509Certificate(certificate.cert).publicKey.export({ type: 'spki', format: 'der' }))
    .digest()

describe('DANE', () => {
  beforeEach(async () => {
    dns = await startDnsServer({ zone: { 'receiver.test': ZONE['receiver.test'], 'mx.receiver.test': ZONE['mx.receiver.test'] } })
  })

  it('delivers to the key that DNS vouches for, and records it', async () => {
    await using engine = await start(vouching(tlsa(receiver.port, keyHash(receiver.certificate))))
    expect(await sendOne(engine, 'sent')).toMatchObject({ policy: 'dane', version: expect.stringMatching(/^TLSv1/) })
  })

  it('gives nothing to another key', async () => {
    await using engine = await start(vouching(tlsa(receiver.port, Buffer.alloc(32))))
    const delivery = await sendOne(engine, 'soft_failed')
    expect(delivery?.replyClass).toBe('tls_failed')
    expect(receiver.mails).toEqual([])
    expect(receiver.commands.some(({ line }) => line.startsWith('MAIL'))).toBe(false)
  })

  it('never goes on in clear when STARTTLS is stripped or broken', async () => {
    for (const script of [
      { starttls: '454 4.7.0 not today' },
      { starttls: { reply: '220 go', breakTls: true } },
      { ehlo: '250 mx.receiver.test', starttls: '502 5.5.1 what?' },
    ]) {
      receiver.play(script)
      await using engine = await start(vouching(tlsa(receiver.port, keyHash(receiver.certificate))))
      await sendOne(engine, 'soft_failed')
    }
    expect(receiver.mails).toEqual([])
  })

  it('waits when the records cannot be validated', async () => {
    await using engine = await start(vouching({ [`_${receiver.port}._tcp.mx.receiver.test TLSA`]: { kind: 'bogus', records: [] } }))
    const delivery = await sendOne(engine, 'soft_failed')
    expect(delivery?.output).toContain('could not be validated')
    expect(receiver.connections.total).toBe(0)
  })

  it('sends nothing to a host that the signed MX records do not name, though another resolver says so', async () => {
    await dns[Symbol.asyncDispose]()
    dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.forger.test'] }, 'mx.forger.test': { A: ['127.0.0.1'] } } })
    const unsigned: SecureAnswer = { kind: 'insecure', records: [] }
    await using engine = await start(vouching({ 'mx.forger.test A': unsigned, 'mx.forger.test AAAA': unsigned }))
    const delivery = await sendOne(engine, 'soft_failed')
    expect(delivery?.output).toBe('mx.forger.test is not among the hosts that the signed MX records of receiver.test name')
    expect(receiver.connections.total).toBe(0)
  })

  it('takes no session over that was opened by the name of another domain', async () => {
    await dns[Symbol.asyncDispose]()
    dns = await startDnsServer({ zone: { ...ZONE, 'forger.test': { MX: ['10 mx.receiver.test'] } } })
    const authority = await makeAuthority()
    await receiver[Symbol.asyncDispose]()
    // As from an authority that signs for everybody: whoever sits before the host has a certificate for a domain of their own.
    const made = await makeCertificate({ names: ['forger.test'], authority })
    receiver = await startScriptedReceiver({ certificate: { ...made, cert: `${made.cert}\n${authority.cert}` } })
    const anchor = { type: 'TLSA', name: '', data: { usage: 2, selector: 1, matchingType: 1, certificate: keyHash(authority) } } as const
    await using engine = await start(vouching({ [`_${receiver.port}._tcp.mx.receiver.test TLSA`]: { kind: 'secure', records: [anchor] } }))
    const { messages } = await engine.send(['bob@forger.test'])
    engine.work()
    await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
    const later = await engine.send(['ana@receiver.test'])
    await engine.untilStatus(later.messages[0]?.id ?? 0, 'soft_failed')
    expect(receiver.mails.map(({ rcptTo }) => rcptTo[0])).toEqual(['bob@forger.test'])
  })

  it('is not asked of domains whose MX records are not signed', async () => {
    await using engine = await start(
      vouching({ 'receiver.test MX': { kind: 'insecure', records: [] }, ...tlsa(receiver.port, Buffer.alloc(32)) }),
    )
    expect(await sendOne(engine, 'sent')).toMatchObject({ policy: 'opportunistic' })
  })
})

it('tells of a delivery whether its connection took up an earlier TLS session', async () => {
  dns = await startDnsServer({ zone: { 'receiver.test': ZONE['receiver.test'], 'mx.receiver.test': ZONE['mx.receiver.test'] } })
  await using remembering = await startReceiver({ dns: dns.address })
  const limits = { messagesPerSessionMax: 1 }
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: remembering.port, limits })
  engine.work()
  const said: string[] = []
  for (let n = 0; n < 2; n += 1) {
    const { messages } = await engine.send(['ana@receiver.test'])
    const id = messages[0]?.id ?? 0
    await engine.untilStatus(id, 'sent')
    const explained = await explainMessage(explaining(), id)
    said.push(...(explained?.lines.filter((line) => line.startsWith('The connection was encrypted')) ?? []))
    expect(explained?.attempts[0]?.tlsResumed).toBe(n === 1)
  }
  expect(said).toEqual([
    expect.stringMatching(/\(opportunistic, new session\)\.$/),
    expect.stringMatching(/\(opportunistic, resumed session\)\.$/),
  ])

  receiver.play({ starttls: '454 4.7.0 not today' })
  await using other = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })
  const { messages } = await other.send(['ana@receiver.test'])
  other.work()
  await other.untilStatus(messages[0]?.id ?? 0, 'sent')
  expect((await explainMessage(explaining(), messages[0]?.id ?? 0))?.attempts[0]).toMatchObject({ tlsVersion: null, tlsResumed: null })
})

const explaining = () => ({
  ...{ db: database.db, dns: createDns({ servers: [dns.address], timeoutMs: 500, clock }), clock, random: Math.random, smtpRelays: [] },
})

describe('MTA-STS', () => {
  let web: Server
  let certificate: Certificate
  let policy = ''

  beforeEach(async () => {
    dns = await startDnsServer({ zone: ZONE })
    certificate = await makeCertificate({ names: ['mta-sts.receiver.test'] })
    web = createServer({ key: certificate.key, cert: certificate.cert }, (_, response) => response.end(policy))
    await new Promise<void>((resolve) => web.listen(443, '127.0.0.7', resolve))
  })
  afterEach(async () => {
    web.closeAllConnections()
    await new Promise((resolve) => web.close(resolve))
  })

  const publish = (mode: string, mx: string) => {
    policy = `version: STSv1\r\nmode: ${mode}\r\nmx: ${mx}\r\nmax_age: 86400\r\n`
  }

  it('in enforce mode gives nothing to a host with a certificate that nobody vouches for', async () => {
    publish('enforce', 'mx.receiver.test')
    await using engine = await start(null, certificate.cert)
    const delivery = await sendOne(engine, 'soft_failed')
    expect(delivery?.replyClass).toBe('tls_failed')
    expect(receiver.mails).toEqual([])
  })

  it('in enforce mode delivers to a named host with a certificate that is vouched for, and records it', async () => {
    const authority = await makeAuthority()
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, authority.cert])
    onTestFinished(() => setDefaultCACertificates(trusted))
    await receiver[Symbol.asyncDispose]()
    receiver = await startScriptedReceiver({ certificate: await makeCertificate({ names: ['mx.receiver.test'], authority }) })
    publish('enforce', '*.receiver.test')
    await using engine = await start(null, certificate.cert)
    expect(await sendOne(engine, 'sent')).toMatchObject({ policy: 'mta-sts', version: expect.stringMatching(/^TLSv1/) })
  })

  it('in enforce mode does not even connect to a host that the policy does not name', async () => {
    publish('enforce', '*.elsewhere.test')
    await using engine = await start(null, certificate.cert)
    expect((await sendOne(engine, 'soft_failed'))?.output).toContain('not among the hosts')
    expect(receiver.connections.total).toBe(0)
  })

  it('in testing mode delivers', async () => {
    publish('testing', '*.elsewhere.test')
    await using engine = await start(null, certificate.cert)
    expect(await sendOne(engine, 'sent')).toMatchObject({ policy: 'mta-sts-testing' })
  })

  it('stays in force when its record and its host are gone', async () => {
    publish('enforce', 'mx.receiver.test')
    await using first = await start(null, certificate.cert)
    await sendOne(first, 'soft_failed')
    await dns[Symbol.asyncDispose]()
    dns = await startDnsServer({ zone: { 'receiver.test': ZONE['receiver.test'], 'mx.receiver.test': ZONE['mx.receiver.test'] } })
    await using second = await start(null, certificate.cert)
    await sendOne(second, 'soft_failed')
    expect(receiver.mails).toEqual([])
  })

  it('is kept by a domain whose neighbour at the same hosts has a policy of the same name for others of them', async () => {
    const authority = await makeAuthority()
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, authority.cert])
    onTestFinished(() => setDefaultCACertificates(trusted))
    await receiver[Symbol.asyncDispose]()
    await dns[Symbol.asyncDispose]()
    const certified = async (name: string) => makeCertificate({ names: [name], authority })
    receiver = await startScriptedReceiver({ certificate: await certified('mx1.test') })
    await using second = await startScriptedReceiver({ host: '127.0.0.2', port: receiver.port, certificate: await certified('mx2.test') })
    dns = await startDnsServer({
      zone: {
        'receiver.test': { MX: ['10 mx1.test', '20 mx2.test'] },
        'neighbour.test': { MX: ['10 mx2.test', '20 mx1.test'] },
        'mx1.test': { A: ['127.0.0.1'] },
        'mx2.test': { A: ['127.0.0.2'] },
        '_mta-sts.receiver.test': { TXT: ['v=STSv1; id=1;'] },
        '_mta-sts.neighbour.test': { TXT: ['v=STSv1; id=1;'] },
      },
    })
    const policyOf = (domain: string, host: string) =>
      putPolicy(database.db, { domain, policyId: '1', mode: 'enforce', hosts: [host], expiresAt: new Date(Date.now() + 86_400_000) })
    await policyOf('neighbour.test', 'mx2.test')
    await policyOf('receiver.test', 'mx1.test')
    await using engine = await start(null)
    const { messages } = await engine.send(['bob@neighbour.test'])
    engine.work()
    await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
    const later = await engine.send(['ana@receiver.test'])
    await engine.untilStatus(later.messages[0]?.id ?? 0, 'sent')
    expect([second, receiver].map(({ mails }) => mails.map(({ rcptTo }) => rcptTo[0]))).toEqual([
      ['bob@neighbour.test'],
      ['ana@receiver.test'],
    ])
  })

  it('is fetched again before it ends, so that a bad moment is not enough to be rid of it', async () => {
    const soon = new Date(Date.now() + 3_600_000)
    await putPolicy(database.db, {
      domain: 'receiver.test',
      policyId: 'one',
      mode: 'enforce',
      hosts: ['mx.receiver.test'],
      expiresAt: soon,
    })
    publish('enforce', '*.receiver.test')
    await using engine = await start(null, certificate.cert)
    await sendOne(engine, 'soft_failed')
    const stored = await findPolicy(database.db, 'receiver.test', new Date())
    expect(stored?.hosts).toEqual(['*.receiver.test'])
    expect(stored?.expiresAt.getTime()).toBeGreaterThan(soon.getTime())
  })

  it('says nothing when its host shows a wrong certificate', async () => {
    publish('enforce', 'mx.receiver.test')
    await using engine = await start(null)
    expect(await sendOne(engine, 'sent')).toMatchObject({ policy: 'opportunistic' })
    expect((web.address() as AddressInfo).port).toBe(443) // listening all the time
  })
})
