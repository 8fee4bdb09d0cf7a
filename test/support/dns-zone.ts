/** What a name server knows: names with their records, as plain data, and the answer that follows for one question. RFC 1034 §4.3.2 */
import { isIPv4 } from 'node:net'
import type { Answer, RecordType } from 'dns-packet'

/** Written as in a zone file: `MX: ['10 mx.a.test']`, `MX: ['0 .']` for no mail at all (RFC 7505), `TLSA: ['3 1 1 d2ab…']`. */
export type Records = {
  readonly A?: readonly string[]
  readonly AAAA?: readonly string[]
  readonly MX?: readonly string[]
  /** Of any length: what is too long for one string becomes several. RFC 7208 §3.3 */
  readonly TXT?: readonly string[]
  readonly CNAME?: string
  readonly NS?: readonly string[]
  readonly PTR?: readonly string[]
  /** `mname rname serial refresh retry expire minimum` */
  readonly SOA?: string
  readonly TLSA?: readonly string[]
}

export type Zone = Readonly<Record<string, Records>>

export type ZoneAnswer = { readonly rcode: 'NOERROR' | 'NXDOMAIN'; readonly answers: Answer[]; readonly authorities: Answer[] }

export const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '')

/** Where the PTR records of an address stand. RFC 1035 §3.5, RFC 3596 §2.5 */
export function reverseName(ip: string): string {
  if (isIPv4(ip)) return `${ip.split('.').reverse().join('.')}.in-addr.arpa`
  const [head = '', tail = ''] = ip.split('::')
  const groups = (half: string) => half.split(':').filter(Boolean)
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => '0')
  const digits = [...groups(head), ...zeros, ...groups(tail)].map((group) => group.padStart(4, '0')).join('')
  return `${[...digits].reverse().join('.')}.ip6.arpa`
}

const TTL = 60
const CNAMES_MAX = 8
/** Stands beside every "no", as RFC 2308 §3 asks, so that it may be remembered for one second. */
const AUTHORITY: Answer = soa('test', 'ns.test hostmaster.test 1 60 60 60 1')

export function answerFrom(zone: ReadonlyMap<string, Records>, type: RecordType, asked: string): ZoneAnswer {
  const answers: Answer[] = []
  let name = plainName(asked)
  for (let step = 0; step < CNAMES_MAX; step++) {
    const records = zone.get(name)
    answers.push(...ofType(records, type, name))
    if (answers.length > step || !records?.CNAME) break
    answers.push({ type: 'CNAME', name, ttl: TTL, data: records.CNAME })
    name = plainName(records.CNAME)
  }
  const rcode = exists(zone, name) ? 'NOERROR' : 'NXDOMAIN'
  const negative = !answers.some((answer) => answer.type === type)
  return { rcode, answers, authorities: negative ? [AUTHORITY] : [] }
}

/** A name exists too when something stands below it: then the answer is empty, not NXDOMAIN. RFC 8020 §2 */
function exists(zone: ReadonlyMap<string, Records>, name: string): boolean {
  return zone.has(name) || [...zone.keys()].some((known) => known.endsWith(`.${name}`))
}

function ofType(records: Records = {}, type: RecordType, name: string): Answer[] {
  switch (type) {
    case 'A':
    case 'AAAA':
    case 'NS':
    case 'PTR':
      return (records[type] ?? []).map((data) => ({ type, name, ttl: TTL, data }))
    case 'CNAME':
      return records.CNAME ? [{ type, name, ttl: TTL, data: records.CNAME }] : []
    case 'MX':
      return (records.MX ?? []).map((text) => ({ type, name, ttl: TTL, data: mx(text) }))
    case 'TXT':
      return (records.TXT ?? []).map((text) => ({ type, name, ttl: TTL, data: strings(text) }))
    case 'TLSA':
      return (records.TLSA ?? []).map((text) => ({ type, name, ttl: TTL, data: tlsa(text) }))
    case 'SOA':
      return records.SOA ? [soa(name, records.SOA)] : []
    default:
      return []
  }
}

function mx(text: string): { preference: number; exchange: string } {
  const [preference, exchange = '.'] = text.split(/\s+/)
  return { preference: Number(preference), exchange }
}

const STRING_MAX = 255

function strings(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  const count = Math.max(1, Math.ceil(bytes.length / STRING_MAX))
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * STRING_MAX, (n + 1) * STRING_MAX))
}

function tlsa(text: string): { usage: number; selector: number; matchingType: number; certificate: Buffer } {
  const [usage, selector, matchingType, hex = ''] = text.split(/\s+/)
  return { usage: Number(usage), selector: Number(selector), matchingType: Number(matchingType), certificate: Buffer.from(hex, 'hex') }
}

function soa(name: string, text: string): Answer {
  const [mname = '', rname = '', ...numbers] = text.split(/\s+/)
  const [serial = 1, refresh = 60, retry = 60, expire = 60, minimum = 1] = numbers.map(Number)
  return { type: 'SOA', name, ttl: TTL, data: { mname, rname, serial, refresh, retry, expire, minimum } }
}
