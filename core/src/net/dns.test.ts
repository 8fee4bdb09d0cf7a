import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { reverseName } from '@posthaste/test/support/dns-zone.ts'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { createDns, type Dns } from './dns.ts'

const HOUR_MS = 3_600_000
let now = 0
let server: DnsServer
let dns: Dns

beforeEach(async () => {
  now = Date.UTC(2030, 0, 1)
  server = await startDnsServer({
    zone: {
      'a.test': {
        A: ['192.0.2.1', '192.0.2.2'],
        AAAA: ['2001:db8::1'],
        MX: ['20 MX2.a.test', '10 mx1.a.test.'],
        NS: ['ns.a.test'],
        TXT: ['v=spf1 -all', 'x'.repeat(600)],
      },
      'www.a.test': { CNAME: 'A.test.' },
      'xn--bcher-kva.test': { A: ['192.0.2.3'] },
      'none.test': { MX: ['0 .'] },
      '_dmarc.a.test': { TXT: ['v=DMARC1'] },
      [reverseName('192.0.2.1')]: { PTR: ['A.test'] },
    },
  })
  dns = dnsOf({})
  onTestFinished(() => server[Symbol.asyncDispose]())
})

const dnsOf = (more: { entriesMax?: number; timeoutMs?: number }) =>
  createDns({ servers: [server.address], timeoutMs: 1_000, clock: () => new Date(now), ...more })

const asked = (name: string) => server.queries.filter((query) => query.name === name).length

it('finds records of each type, names in small letters', async () => {
  expect(await dns.a('A.Test.')).toEqual({ kind: 'found', records: ['192.0.2.1', '192.0.2.2'] })
  expect(await dns.aaaa('a.test')).toEqual({ kind: 'found', records: ['2001:db8::1'] })
  expect(await dns.mx('a.test')).toEqual({
    kind: 'found',
    records: expect.arrayContaining([
      { preference: 10, exchange: 'mx1.a.test' },
      { preference: 20, exchange: 'mx2.a.test' },
    ]),
  })
  expect(await dns.ns('a.test')).toEqual({ kind: 'found', records: ['ns.a.test'] })
  expect(await dns.cname('www.a.test')).toEqual({ kind: 'found', records: ['a.test'] })
  expect(await dns.ptr('192.0.2.1')).toEqual({ kind: 'found', records: ['a.test'] })
  expect(await dns.txt('_dmarc.a.test')).toEqual({ kind: 'found', records: ['v=DMARC1'] })
})

it('joins the strings of long texts, and fetches long answers by TCP', async () => {
  expect(await dns.txt('a.test')).toEqual({ kind: 'found', records: ['v=spf1 -all', 'x'.repeat(600)] })
})

it('follows aliases to addresses', async () => {
  expect(await dns.a('www.a.test')).toMatchObject({ records: ['192.0.2.1', '192.0.2.2'] })
})

it('tells a name without such records from a name that does not exist', async () => {
  expect(await dns.aaaa('_dmarc.a.test')).toEqual({ kind: 'none' })
  expect(await dns.a('nowhere.test')).toEqual({ kind: 'no_domain' })
})

it('asks for internationalized names in A-labels', async () => {
  expect(await dns.a('Bücher.test')).toMatchObject({ records: ['192.0.2.3'] })
})

it.each(['', '.', 'a..test', 'with space.test', `${'x'.repeat(64)}.test`, 'ä\0.test'])(
  'asks nobody for %j, which is no name',
  async (name) => {
    expect(await dns.a(name)).toEqual({ kind: 'no_domain' })
    expect(server.queries).toEqual([])
  },
)

it('never asks the network for localhost', async () => {
  expect(await dns.a('localhost')).toEqual({ kind: 'found', records: ['127.0.0.1'] })
  expect(await dns.aaaa('mail.localhost.')).toEqual({ kind: 'found', records: ['::1'] })
  expect(server.queries).toEqual([])
})

it('asks once for equal look-ups at the same time, and again only when the time to live is over', async () => {
  await Promise.all([dns.a('a.test'), dns.a('A.test'), dns.a('a.test.')])
  now += 59_000
  await dns.a('a.test')
  expect(asked('a.test')).toBe(1)
  now += 2_000
  await dns.a('a.test')
  expect(asked('a.test')).toBe(2)
})

it('remembers a "no" shortly', async () => {
  await dns.a('new.test')
  await dns.a('new.test')
  expect(asked('new.test')).toBe(1)
  server.set({ 'new.test': { A: ['192.0.2.9'] } })
  now += 61_000
  expect(await dns.a('new.test')).toMatchObject({ kind: 'found' })
})

it.each(['servfail', 'refused', 'silence'] as const)(
  'serves the last good answer while servers fail by %s, and a new one once they are well',
  async (kind) => {
    dns = dnsOf({ timeoutMs: 50 })
    await dns.mx('a.test')
    server.set({ 'a.test': { MX: ['5 new.test'] } })
    server.breakName('a.test', { kind })
    now += HOUR_MS
    expect(await dns.mx('a.test')).toMatchObject({ kind: 'found', records: [{}, {}] })
    const tries = asked('a.test')
    await dns.mx('a.test')
    expect(asked('a.test')).toBe(tries)
    server.heal('a.test')
    now += 31_000
    expect(await dns.mx('a.test')).toEqual({ kind: 'found', records: [{ preference: 5, exchange: 'new.test' }] })
  },
)

it('does not serve an old "no" while servers fail, since mail would bounce for it', async () => {
  expect(await dns.mx('new.test')).toEqual({ kind: 'no_domain' })
  server.breakName('new.test', { kind: 'servfail' })
  now += HOUR_MS
  expect(await dns.mx('new.test')).toEqual({ kind: 'unavailable', reason: 'servfail' })
})

it('believes no answer that is more than a day too old', async () => {
  await dns.mx('a.test')
  server.breakName('a.test', { kind: 'servfail' })
  now += 25 * HOUR_MS
  expect(await dns.mx('a.test')).toEqual({ kind: 'unavailable', reason: 'servfail' })
})

it('says that it knows nothing when no server answers, and asks again soon', async () => {
  dns = dnsOf({ timeoutMs: 50 })
  server.breakName('a.test', { kind: 'silence' })
  expect(await dns.a('a.test')).toEqual({ kind: 'unavailable', reason: 'timeout' })
  server.heal('a.test')
  expect(await dns.a('a.test')).toMatchObject({ kind: 'unavailable' })
  now += 6_000
  expect(await dns.a('a.test')).toMatchObject({ kind: 'found' })
})

it('forgets the oldest answers when it has too many', async () => {
  dns = dnsOf({ entriesMax: 2 })
  for (const name of ['a.test', 'b.test', 'c.test', 'a.test', 'c.test']) await dns.a(name)
  expect(['a.test', 'b.test', 'c.test'].map(asked)).toEqual([2, 1, 1])
})

it('loses none of thousands of questions at once', async () => {
  const names = Array.from({ length: 2_000 }, (_, n) => `d${n}.test`)
  server.set(Object.fromEntries(names.map((name) => [name, { MX: [`10 mx.${name}`] }])))
  const answers = await Promise.all(names.map((name) => dns.mx(name)))
  expect(answers.filter(({ kind }) => kind !== 'found')).toEqual([])
  expect(server.queries.filter(({ transport }) => transport === 'udp').length).toBeLessThan(names.length * 1.05) // hardly one twice
})
