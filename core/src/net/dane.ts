/** DANE for SMTP: which certificates the DNS of a mail host vouches for. RFC 6698, RFC 7671, RFC 7672 */
import { createHash, type X509Certificate } from 'node:crypto'
import type { SecureAnswer, SecureDns } from './secure-dns.ts'
import type { PeerCertificates } from './smtp-options.ts'

export type Tlsa = { readonly usage: number; readonly selector: number; readonly matching: number; readonly data: Buffer }

export type DaneAnswer =
  /** Nothing is promised about this host. */
  | { readonly kind: 'none' }
  /** TLS is mandatory; without usable records the certificate is not judged. RFC 7672 §2.2 */
  | { readonly kind: 'tls'; readonly records: readonly Tlsa[]; readonly base: string }
  /** The promise could not be read, so that sending could break it. RFC 7672 §2.1.1 */
  | { readonly kind: 'unavailable' }

/** Records of authorities vouch for certificates by the names in them. */
export const namesAuthority = ({ records }: { readonly records: readonly Tlsa[] }): boolean =>
  records.some(({ usage }) => usage === TRUST_ANCHOR)

const DOMAIN_ISSUED = 3
const TRUST_ANCHOR = 2

/** @param name whose addresses and records count: the MX host, whose own name has been found securely */
export async function findDane(dns: SecureDns, name: string, port: number): Promise<DaneAnswer> {
  // Records below an insecure host mean nothing, and some servers fail on the question. RFC 7672 §2.2.2
  const [a, aaaa] = await Promise.all([dns.ask(name, 'A'), dns.ask(name, 'AAAA')])
  if (a.kind === 'bogus' || aaaa.kind === 'bogus') return { kind: 'unavailable' }
  const alias = aliasOf(name, [...a.records, ...aaaa.records])
  if (a.kind === 'secure' && aaaa.kind === 'secure') {
    const found = await recordsAt(dns, alias, port)
    return found.kind === 'none' && alias !== name ? recordsAt(dns, name, port) : found
  }
  if (alias === name) return { kind: 'none' }
  // The alias itself may be signed, and speak for itself, where what it leads to is not.
  const { kind } = await dns.ask(name, 'CNAME')
  if (kind === 'bogus') return { kind: 'unavailable' }
  return kind === 'secure' ? recordsAt(dns, name, port) : { kind: 'none' }
}

const ALIASES_MAX = 8
const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '')

/** Where the addresses are in truth; their owner answers for them first. RFC 7672 §2.2.3 */
function aliasOf(name: string, records: SecureAnswer['records']): string {
  const targets = new Map(records.flatMap((record) => (record.type === 'CNAME' ? [[plain(record.name), plain(record.data)]] : [])))
  let at = name
  for (let steps = 0; steps < ALIASES_MAX; steps += 1) at = targets.get(at) ?? at
  return at
}

async function recordsAt(dns: SecureDns, base: string, port: number): Promise<DaneAnswer> {
  const tlsa = await dns.ask(`_${port}._tcp.${base}`, 'TLSA')
  if (tlsa.kind === 'bogus') return { kind: 'unavailable' }
  const records = tlsa.records.flatMap((answer): Tlsa[] => {
    if (answer.type !== 'TLSA') return []
    const { usage, selector, matchingType, certificate } = answer.data
    return [{ usage, selector, matching: matchingType, data: Buffer.from(certificate) }]
  })
  if (tlsa.kind !== 'secure' || records.length === 0) return { kind: 'none' }
  return { kind: 'tls', records: records.filter(isUsable), base }
}

/** Usages of the public CAs have no place in SMTP. RFC 7672 §3.1.3 */
const isUsable = ({ usage, selector, matching }: Tlsa): boolean =>
  (usage === DOMAIN_ISSUED || usage === TRUST_ANCHOR) && selector <= 1 && matching <= 2

/** Undefined when one of the records vouches for the certificate. */
export function judgeByDane(records: readonly Tlsa[], names: readonly string[], now: () => Date) {
  return (chain: PeerCertificates): string | undefined => {
    const [own] = chain
    if (!own) return 'The server showed no certificate'
    if (records.length === 0) return undefined
    const vouched = records.some((record) =>
      // Names and dates of the host's own certificate do not matter: DNS says it is the one. RFC 7671 §5.1
      record.usage === DOMAIN_ISSUED ? matches(record, own) : leadsTo(record, chain, now()) && names.some((name) => own.checkHost(name)),
    )
    return vouched ? undefined : 'The certificate is not one that the TLSA records vouch for'
  }
}

/** Whether each certificate is signed by the next, up to the one that the record names, and none has run out. */
function leadsTo(record: Tlsa, chain: PeerCertificates, now: Date): boolean {
  for (const [n, certificate] of chain.entries()) {
    if (new Date(certificate.validTo) < now || new Date(certificate.validFrom) > now) return false
    if (n > 0 && matches(record, certificate)) return true
    const issuer = chain[n + 1]
    if (!issuer?.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false
  }
  return false
}

function matches({ selector, matching, data }: Tlsa, certificate: X509Certificate): boolean {
  const whole = selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' })
  const shown =
    matching === 0
      ? whole
      : createHash(matching === 1 ? 'sha256' : 'sha512')
          .update(whole)
          .digest()
  return shown.equals(data)
}
