/** DANE with real signatures: Knot signs, somebody on the way forges, Unbound validates, and mail goes where the proven records allow or waits. */
import { createTlsPlans } from '@posthaste/core/delivery/tls-plans.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { createHttpClient } from '@posthaste/core/net/http-client.ts'
import { createSecureDns } from '@posthaste/core/net/secure-dns.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { type SignedDns, startSignedDns } from '@posthaste/test/support/signed-dns.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { installed } from './smtp-programs.ts'

const OTHER_KEY = `3 1 1 ${'ab'.repeat(32)}`

/** `{domain}.signed.test` with a host of its own, and what DNS says about that host's key. */
const mailDomain = (domain: string, tlsa: string, port: number): string =>
  `${domain} MX 10 mx.${domain}\nmx.${domain} A 127.0.0.1\n_${port}._tcp.mx.${domain} TLSA ${tlsa}\n`

const without = (zone: string, line: RegExp): string =>
  zone
    .split('\n')
    .filter((text) => !line.test(text))
    .join('\n')

const there = [installed('knotd', 'knot'), installed('unbound')].every(Boolean)

describe.skipIf(!there)('with a resolver that validates', () => {
  let receiver: ScriptedReceiver
  let dns: SignedDns
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase()
    await seedSender(database.db)
    receiver = await startScriptedReceiver()
    const { port, certificate } = receiver
    dns = await startSignedDns({
      signed: [
        ...['honest', 'stripped', 'redirected', 'unproven'].map((name) => mailDomain(name, certificate.tlsa, port)),
        ...['moved', 'forged'].map((name) => mailDomain(name, OTHER_KEY, port)),
        'silent MX 10 mx.silent\nmx.silent A 127.0.0.1\n',
        'hosted MX 10 mx.plain.test.\n',
      ].join(''),
      plain: `@ MX 10 mx\nmx A 127.0.0.1\n_${port}._tcp.mx TLSA ${OTHER_KEY}\n`,
      forge: (zone) => {
        const key = (of: string) => of.split(' ').at(-1)?.toUpperCase() ?? ''
        // The forger names the key of a server of theirs, sends mail for others to it, or hides that there is a key at all.
        const forged = zone
          .replace(new RegExp(`(mx\\.forged\\.signed\\.test\\.\\s+\\d+\\s+TLSA\\s+3 1 1 )${key(OTHER_KEY)}`), `$1${key(certificate.tlsa)}`)
          .replace(/(MX\s+10 )mx\.redirected\.signed\.test\./, '$1mx.plain.test.')
        const stripped = without(forged, /^_\d+\._tcp\.mx\.stripped\..*\bTLSA\s+(3 1 1|13 \d)/)
        return without(stripped, /mx\.unproven\..*RRSIG\s+TLSA/)
      },
    })
  })
  beforeEach(async () => {
    await database.db.$client.query('DELETE FROM queue_entries')
  })
  afterAll(async () => {
    await receiver?.[Symbol.asyncDispose]()
    await dns?.[Symbol.asyncDispose]()
    await database?.[Symbol.asyncDispose]()
  })

  /** Hosts are looked up without validation, as from a resolver that believes what it is told. */
  async function start(): Promise<Engine> {
    const clock = () => new Date()
    const resolver = createDns({ servers: [dns.gullible], timeoutMs: 1_000, clock })
    const secureDns = createSecureDns({ ...dns.validating, timeoutMs: 3_000, random: Math.random })
    const http = createHttpClient({ dns: resolver, mayConnect: () => true })
    const tlsPlans = createTlsPlans({ db: database.db, dns: resolver, http, secureDns, port: receiver.port, clock })
    return startEngine({ db: database.db, dns: dns.gullible, smtpPort: receiver.port, tlsPlans })
  }

  async function attempt(domain: string) {
    const before = { connections: receiver.connections.total, mails: receiver.mails.length }
    await using engine = await start()
    const { messages } = await engine.send([`ana@${domain}`])
    engine.work()
    const { id, status } = await engine.untilStatus(messages[0]?.id ?? 0, 'sent', 'soft_failed', 'hard_failed')
    const [rows] = await database.db.$client.query(
      'SELECT tls_policy AS policy, reply_class AS replyClass, output FROM deliveries WHERE message_id = ? ORDER BY id DESC LIMIT 1',
      [id],
    )
    const [delivery] = rows as unknown as { policy: string | null; replyClass: string | null; output: string }[] // as selected
    const { total } = receiver.connections
    return { status, ...delivery, connections: total - before.connections, mails: receiver.mails.length - before.mails }
  }

  it('delivers to the key that signed records vouch for', async () => {
    expect(await attempt('honest.signed.test')).toMatchObject({ status: 'sent', policy: 'dane', mails: 1 })
    expect(receiver.mails.at(-1)?.tls).toBe(true)
  })

  it('gives nothing to a server with another key than the signed one', async () => {
    const { connections, ...seen } = await attempt('moved.signed.test')
    expect(seen).toMatchObject({ status: 'soft_failed', replyClass: 'tls_failed', mails: 0 })
    expect(connections).toBeGreaterThan(0)
  })

  it.each([
    ['a forged key', 'forged', 'The TLSA records of mx.forged.signed.test could not be validated'],
    ['a key whose signature was taken away', 'unproven', 'The TLSA records of mx.unproven.signed.test could not be validated'],
    ['a key that was taken away with its signature', 'stripped', 'The TLSA records of mx.stripped.signed.test could not be validated'],
    ['forged MX records', 'redirected', 'The MX records of redirected.signed.test could not be validated'],
  ])('waits because of %s, and does not even connect', async (_, name, output) => {
    expect(await attempt(`${name}.signed.test`)).toMatchObject({ status: 'soft_failed', output, connections: 0, mails: 0 })
  })

  it('encrypts as it can where a signed host promises nothing', async () => {
    expect(await attempt('silent.signed.test')).toMatchObject({ status: 'sent', policy: 'opportunistic', mails: 1 })
  })

  it.each([
    ['of a domain that is not signed', 'plain.test'],
    ['of a host in such a domain', 'hosted.signed.test'],
  ])('does not believe TLSA records %s', async (_, domain) => {
    expect(await attempt(domain)).toMatchObject({ status: 'sent', policy: 'opportunistic', mails: 1 })
  })

  it('lets mail wait while it is away, signed or not', async () => {
    await dns.stopValidating()
    expect(await attempt('honest.signed.test')).toMatchObject({ status: 'soft_failed', connections: 0 })
    expect(await attempt('plain.test')).toMatchObject({ status: 'soft_failed', connections: 0 })
  })
})
