import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { type AuthResolver, createAuthResolver } from './auth-resolver.ts'

const MINUTE_MS = 60_000
let now: number
let server: DnsServer
let resolve: AuthResolver

beforeEach(async () => {
  now = Date.UTC(2030, 0, 1)
  server = await startDnsServer({ zone: { 'a.test': { TXT: ['v=spf1 -all'], MX: ['20 mx2.a.test', '10 mx1.a.test'], A: ['192.0.2.1'] } } })
  onTestFinished(() => server[Symbol.asyncDispose]())
  resolve = createAuthResolver({ servers: [server.address], timeoutMs: 1_000, clock: () => new Date(now) })
})

const codeOf = (name: string, type: string) =>
  resolve(name, type).then(
    () => 'found',
    (error: { code: string }) => error.code,
  )

it('asks once a minute for a name, however many mails need it and however they write it', async () => {
  expect(await Promise.all([resolve('a.test', 'TXT'), resolve('A.test', 'TXT')])).toEqual([[['v=spf1 -all']], [['v=spf1 -all']]])
  now += MINUTE_MS - 1
  await resolve('a.test', 'TXT')
  expect(server.queries).toHaveLength(1)
  server.set({ 'a.test': { TXT: ['v=spf1 +all'] } })
  now += 1
  expect(await resolve('a.test', 'TXT')).toEqual([['v=spf1 +all']])
})

it('keeps types apart, and answers each caller with a list of its own, which it may sort', async () => {
  const first = await resolve('a.test', 'MX')
  expect(first).toHaveLength(2)
  ;(first as unknown[]).length = 0 // a list of records
  expect(await resolve('a.test', 'MX')).toHaveLength(2)
  expect(await resolve('a.test', 'A')).toEqual(['192.0.2.1'])
})

it("says no as node's resolver does, and remembers that too", async () => {
  const codes = async () => [await codeOf('a.test', 'AAAA'), await codeOf('other.test', 'TXT')]
  expect(await codes()).toEqual(['ENODATA', 'ENOTFOUND'])
  expect(await codes()).toEqual(['ENODATA', 'ENOTFOUND'])
  expect(server.queries).toHaveLength(2)
})

it('takes no old answer for a new one: a key may have been withdrawn', async () => {
  await resolve('a.test', 'TXT')
  now += MINUTE_MS
  server.breakName('a.test', { kind: 'servfail' })
  expect(await codeOf('a.test', 'TXT')).toBe('ESERVFAIL')
  server.heal('a.test')
  now += MINUTE_MS
  expect(await codeOf('a.test', 'TXT')).toBe('found')
})
