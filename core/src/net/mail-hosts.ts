/** Which hosts take the mail of a domain, in the order to try them. RFC 5321 §5.1, RFC 7505 */
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Dns } from './dns.ts'
import type { DnsAnswer, MxRecord } from './dns-answer.ts'

export type MailHost = { readonly name: string; readonly preference: number }

export type MailHosts =
  /** `site` is the same for all domains that are hosted in one place. */
  | { readonly kind: 'hosts'; readonly hosts: readonly MailHost[]; readonly site: string }
  /** The domain declares that it takes no mail. RFC 7505 §3 */
  | { readonly kind: 'null_mx' }
  | { readonly kind: 'no_domain' }
  /** The domain exists, but has neither MX nor address. */
  | { readonly kind: 'no_hosts' }
  | { readonly kind: 'unavailable'; readonly reason: string }

export async function findMailHosts(dns: Dns, domain: string, random: () => number): Promise<MailHosts> {
  const literal = addressLiteral(domain)
  if (literal !== undefined) return { kind: 'hosts', hosts: [{ name: literal, preference: 0 }], site: `[${literal}]` }
  if (domain.startsWith('[')) return { kind: 'no_hosts' }

  const mx = await dns.mx(domain)
  if (mx.kind === 'found') return fromMx(mx.records, random)
  return mx.kind === 'none' ? implicitMx(dns, domain) : mx
}

/** The address in `[192.0.2.1]` or `[IPv6:2001:db8::1]`. RFC 5321 §4.1.3 */
function addressLiteral(domain: string): string | undefined {
  const inside = /^\[(?:IPv6:)?([0-9a-f.:]+)\]$/i.exec(domain)?.[1]
  return inside !== undefined && isIP(inside) !== 0 ? inside.toLowerCase() : undefined
}

function fromMx(records: readonly MxRecord[], random: () => number): MailHosts {
  if (records.every((record) => record.exchange === '')) return { kind: 'null_mx' }
  // An address is not a name: such a record is a mistake that nobody else follows either. RFC 1035 §3.3.9
  const usable = records.filter(({ exchange }) => exchange !== '' && isIP(exchange) === 0)
  if (usable.length === 0) return { kind: 'no_hosts' }

  const hosts = usable
    .map(({ exchange, preference }) => ({ host: { name: exchange, preference }, order: random() }))
    .sort((one, other) => one.host.preference - other.host.preference || one.order - other.order)
    .map(({ host }) => host)
  return { kind: 'hosts', hosts, site: siteOf(hosts) }
}

const siteOf = (hosts: readonly MailHost[]): string => [...new Set(hosts.map((host) => host.name))].sort().join(',')

type FoundHosts = Extract<MailHosts, { kind: 'hosts' }>

/** Whoever is among the hosts of a domain hands its mail to better ones only, or it may go round in circles. RFC 5321 §5.1 */
export async function hostsBeforeUs(found: FoundHosts, isOurs: (host: string) => Promise<boolean>): Promise<FoundHosts> {
  const own = await Promise.all(
    found.hosts.map(async ({ name, preference }) => ((await isOurs(name)) ? preference : Number.POSITIVE_INFINITY)),
  )
  const ours = Math.min(...own)
  if (ours === Number.POSITIVE_INFINITY) return found
  const hosts = found.hosts.filter(({ preference }) => preference < ours)
  return { kind: 'hosts', hosts, site: siteOf(hosts) }
}

/** Without MX records the domain itself is the host, if it has an address. RFC 5321 §5.1 */
async function implicitMx(dns: Dns, domain: string): Promise<MailHosts> {
  const name = domainToASCII(domain.replace(/\.$/, '')).toLowerCase()
  const addresses = await addressesOf(dns, name)
  if (addresses.kind === 'none') return { kind: 'no_hosts' }
  if (addresses.kind !== 'found') return addresses
  return { kind: 'hosts', hosts: [{ name, preference: 0 }], site: name }
}

export type Family = 'ipv6_first' | 'ipv4_first' | 'ipv4' | 'ipv6'

/** All addresses of a host in the wanted order; a family that fails does not hide the other one. */
export async function addressesOf(dns: Dns, host: string, family: Family = 'ipv6_first'): Promise<DnsAnswer<string>> {
  if (isIP(host) !== 0) return isIP(host) === BARRED[family] ? NONE : { kind: 'found', records: [host] }
  const [a, aaaa] = await Promise.all([family === 'ipv6' ? NONE : dns.a(host), family === 'ipv4' ? NONE : dns.aaaa(host)])
  const answers = family === 'ipv4_first' ? [a, aaaa] : [aaaa, a]
  const records = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []))
  if (records.length > 0) return { kind: 'found', records }
  return answers.find((answer) => answer.kind === 'unavailable') ?? answers.find((answer) => answer.kind === 'no_domain') ?? NONE
}

const NONE: DnsAnswer<never> = { kind: 'none' }
/** The family of address literals that do not fit. */
const BARRED: Partial<Record<Family, number>> = { ipv4: 6, ipv6: 4 }
