/** Mail goes to hosts that are better than we are, comes back to us only for domains of ours, and never round in circles. RFC 5321 §5.1 */
import { explainSite } from '@posthaste/core/delivery/explain.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let us: ScriptedReceiver
let other: ScriptedReceiver
let engine: Engine

const ownNames = {
  hostnames: ['post.test'],
  mxRecords: ['mx1.post.test', 'filter.test'],
  returnPathDomain: 'rp.post.test',
  routeDomain: 'routes.post.test',
  customReturnPathPrefix: 'psrp',
}

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  const OURS = { MX: ['10 post.test'] }
  dns = await startDnsServer({
    zone: {
      'post.test': { A: ['127.0.0.1'] },
      'mx1.post.test': { A: ['127.0.0.1'] },
      'other.test': { A: ['127.0.0.2'] },
      'filter.test': { A: ['127.0.0.2'] },
      'backed.test': { MX: ['10 other.test', '20 post.test', '20 worse.test', '30 worst.test'] },
      'pointed.test': { MX: ['10 mx1.post.test', '20 other.test'] },
      'filtered.test': { MX: ['10 filter.test'] },
      'shop.test': { MX: ['10 mx1.post.test'] },
      'rp.post.test': OURS,
      'routes.post.test': OURS,
      'psrp.shop.test': OURS,
    },
  })
  us = await startScriptedReceiver()
  other = await startScriptedReceiver({ host: '127.0.0.2', port: us.port })
  engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: us.port, ownNames })
  engine.work()
})
afterEach(async () => {
  for (const one of [engine, us, other, dns, database]) await one[Symbol.asyncDispose]()
})

async function send(domain: string, status: 'sent' | 'soft_failed' | 'hard_failed') {
  const { messages } = await engine.send([`ana@${domain}`])
  const id = messages[0]?.id ?? 0
  await engine.untilStatus(id, status)
  return (await engine.deliveries(id)).at(-1)
}

it('as one of several hosts we hand on to better ones only, however long they are away', async () => {
  await send('backed.test', 'sent')
  expect(other.mails).toHaveLength(1)
  other.play({ rcpt: '451 4.3.0 later' })
  expect((await send('backed.test', 'soft_failed'))?.details).toContain('(other.test)')
  expect(us.connections.total).toBe(0)
})

it.each(['pointed.test', 'post.test'])(
  'a domain of nobody here whose best host we are, such as %s, fails for good and suppresses nobody',
  async (domain) => {
    expect(await send(domain, 'hard_failed')).toMatchObject({
      details: `Mail for ${domain} loops back to us: its best mail host is ours, and the domain is not.`,
      replyClass: 'mail_loop',
    })
    expect(us.connections.total + other.connections.total).toBe(0)
    const [suppressed] = await database.db.$client.query('SELECT id FROM suppressions')
    expect(suppressed).toEqual([])
  },
)

it.each(['shop.test', 'rp.post.test', 'routes.post.test', 'psrp.shop.test'])(
  'mail for %s, which is ours, comes in here',
  async (domain) => {
    await send(domain, 'sent')
    expect(us.mails).toHaveLength(1)
  },
)

it('a filter that stands before us, and before others, is not ourselves', async () => {
  await send('filtered.test', 'sent')
  expect(other.mails).toHaveLength(1)
})

it('explain says so', async () => {
  const clock = () => new Date()
  const resolver = createDns({ servers: [dns.address], timeoutMs: 500, clock })
  const first = async (domain: string) =>
    (await explainSite({ db: database.db, dns: resolver, clock, random: Math.random, smtpRelays: [], ownNames }, domain)).lines[0]
  expect(await first('pointed.test')).toContain('loops back to us')
  expect(await first('backed.test')).toBe('Mail for backed.test goes to other.test.')
  expect(await first('shop.test')).toBe('Mail for shop.test goes to mx1.post.test.')
})
