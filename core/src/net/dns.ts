/**
 * DNS look-ups as values, cached.
 *
 * On node's resolver (c-ares): it brings retries over several servers, TCP for long answers and random ports, which a UDP
 * exchange of our own would have to earn. Its price is that only A and AAAA come with a TTL; other records are kept for a short
 * fixed time, and the resolver behind us, which knows the true one, is asked again after it.
 */
import type { RecordWithTtl } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { domainToASCII } from 'node:url'
import type { DnsAnswer, MxRecord } from './dns-answer.ts'
import { createDnsCache, type Fetched } from './dns-cache.ts'
import { createGate } from './gate.ts'

export type Dns = {
  readonly mx: (name: string) => Promise<DnsAnswer<MxRecord>>
  readonly a: (name: string) => Promise<DnsAnswer<string>>
  readonly aaaa: (name: string) => Promise<DnsAnswer<string>>
  /** Each record's strings joined. RFC 7208 §3.3 */
  readonly txt: (name: string) => Promise<DnsAnswer<string>>
  readonly cname: (name: string) => Promise<DnsAnswer<string>>
  readonly ns: (name: string) => Promise<DnsAnswer<string>>
  /** Names of an IP address. */
  readonly ptr: (ip: string) => Promise<DnsAnswer<string>>
}

export type DnsOptions = {
  /** `127.0.0.1`, `127.0.0.1:5353` or `[::1]:5353`; the system's servers when empty. */
  readonly servers: readonly string[]
  /** For the first try of one server; further tries take longer. */
  readonly timeoutMs: number
  readonly clock: () => Date
  readonly entriesMax?: number
}

const TRIES = 2
/**
 * A worker asks about thousands of domains in the same instant. What a resolver has no time to read is lost as soon as its buffer is full
 * (Linux keeps some 250 small datagrams), and comes again only after the timeout.
 */
const QUESTIONS_AT_ONCE = 64
const READ_WITHIN_MS = 200
const TTL_MIN_MS = 5_000
const TTL_MAX_MS = 24 * 3_600_000
const TTL_FIXED_MS = 5 * 60_000
/** "No" is remembered shortly, so that a newly set record is seen soon. RFC 2308 §5 */
const TTL_NEGATIVE_MS = 60_000
/** RFC 8767 §5 speaks of one to three days. */
const STALE_MS = 24 * 3_600_000
const ENTRIES_MAX = 50_000

export function createDns({ servers, timeoutMs, clock, entriesMax = ENTRIES_MAX }: DnsOptions): Dns {
  const resolver = new Resolver({ timeout: timeoutMs, tries: TRIES })
  if (servers.length > 0) resolver.setServers(servers)
  const cache = createDnsCache({ clock, entriesMax, staleMs: STALE_MS })
  const gate = createGate({ atOnce: QUESTIONS_AT_ONCE, patienceMs: READ_WITHIN_MS })

  function find<T>(type: string, name: string, resolve: (name: string) => Promise<Found<T>>): Promise<DnsAnswer<T>> {
    const ascii = asciiName(name)
    if (ascii === undefined) return Promise.resolve({ kind: 'no_domain' })
    return cache.get(`${type} ${ascii}`, () => look(() => gate(() => resolve(ascii))))
  }
  const address = (type: string, loopback: string, resolve: (name: string) => Promise<RecordWithTtl[]>) => (name: string) =>
    isLocalhost(name) ? Promise.resolve(found([loopback])) : find(type, name, async (ascii) => addresses(await resolve(ascii)))

  return {
    mx: (name) => find('MX', name, async (ascii) => fixed((await resolver.resolveMx(ascii)).map(mxRecord))),
    a: address('A', '127.0.0.1', (name) => resolver.resolve4(name, { ttl: true })),
    aaaa: address('AAAA', '::1', (name) => resolver.resolve6(name, { ttl: true })),
    txt: (name) => find('TXT', name, async (ascii) => fixed((await resolver.resolveTxt(ascii)).map((strings) => strings.join('')))),
    cname: (name) => find('CNAME', name, async (ascii) => fixed((await resolver.resolveCname(ascii)).map(plainName))),
    ns: (name) => find('NS', name, async (ascii) => fixed((await resolver.resolveNs(ascii)).map(plainName))),
    ptr: (ip) => cache.get(`PTR ${ip}`, () => look(() => gate(async () => fixed((await resolver.reverse(ip)).map(plainName))))),
  }
}

type Found<T> = { records: T[]; ttlMs: number }

const found = <T>(records: readonly T[]): DnsAnswer<T> => ({ kind: 'found', records })
const fixed = <T>(records: T[]): Found<T> => ({ records, ttlMs: TTL_FIXED_MS })
const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '')
const mxRecord = ({ priority, exchange }: { priority: number; exchange: string }): MxRecord => ({
  preference: priority,
  exchange: plainName(exchange),
})

function addresses(records: RecordWithTtl[]): Found<string> {
  const seconds = Math.min(...records.map((record) => record.ttl))
  return { records: records.map((record) => record.address), ttlMs: Math.min(Math.max(seconds * 1000, TTL_MIN_MS), TTL_MAX_MS) }
}

/** Names under `localhost` never leave the machine. RFC 6761 §6.3 */
const isLocalhost = (name: string): boolean => /(?:^|\.)localhost\.?$/i.test(name)

/** The name in A-labels; undefined when it cannot be a name at all. An underscore may stand in it, as in `_dmarc`. */
function asciiName(name: string): string | undefined {
  const plain = plainName(name)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the point is to find what is not ASCII
  const ascii = /^[\x00-\x7f]*$/.test(plain) ? plain : domainToASCII(plain)
  return /^[a-z0-9_/-]{1,63}(?:\.[a-z0-9_/-]{1,63})*$/.test(ascii) && ascii.length <= 253 ? ascii : undefined
}

async function look<T>(resolve: () => Promise<Found<T>>): Promise<Fetched<T>> {
  try {
    const { records, ttlMs } = await resolve()
    return records.length === 0 ? { answer: { kind: 'none' }, ttlMs: TTL_NEGATIVE_MS } : { answer: found(records), ttlMs }
  } catch (error) {
    return { answer: failure(error), ttlMs: TTL_NEGATIVE_MS }
  }
}

function failure(error: unknown): DnsAnswer<never> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  if (code === 'ENODATA') return { kind: 'none' }
  if (code === 'ENOTFOUND' || code === 'EBADNAME') return { kind: 'no_domain' }
  return { kind: 'unavailable', reason: code.replace(/^E/, '').toLowerCase() }
}
