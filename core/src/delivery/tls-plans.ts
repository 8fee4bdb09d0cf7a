/**
 * How connections to a domain's own hosts are secured: as its DANE records or its MTA-STS policy demand, and otherwise as well as
 * both sides can without having agreed on anything. What is demanded is never given up. RFC 7672, RFC 8461, RFC 7435
 */
import { type DaneAnswer, findDane, judgeByDane, namesAuthority } from '../net/dane.ts'
import type { Dns } from '../net/dns.ts'
import type { HttpClient } from '../net/http-client.ts'
import { allowsHost, fetchPolicy, findPolicyId } from '../net/mta-sts.ts'
import type { SecureAnswer, SecureDns } from '../net/secure-dns.ts'
import { cached } from '../store/cache.ts'
import type { Database } from '../store/database.ts'
import { findPolicy, putPolicy, type StoredPolicy } from '../store/mta-sts-policies.ts'
import type { TlsPlan } from './couriers/open-host.ts'
import type { TlsPlans } from './couriers/target.ts'

const plan = (tls: Extract<TlsPlan, { kind: 'connect' }>['tls'], policy: string): TlsPlan => ({ kind: 'connect', tls, policy })
const refuse = (why: string): TlsPlan => ({ kind: 'refuse', why })

/** Any encryption is better than none; it is not verified, because who is to be met is not known for sure either. */
const OPPORTUNISTIC = plan({ mode: 'opportunistic', verify: false }, 'opportunistic')

/** For those who want no policies. */
export const opportunisticPlans: TlsPlans = {
  forDomain: () => Promise.resolve({ name: '', forHost: () => Promise.resolve(OPPORTUNISTIC) }),
}

export type TlsPlanOptions = {
  readonly db: Database
  readonly dns: Dns
  readonly http: HttpClient
  /** A validating resolver; without one there is no DANE. */
  readonly secureDns: SecureDns | null
  readonly port: number
  readonly clock: () => Date
}

const KEPT_MS = 5 * 60_000
const ENTRIES_MAX = 20_000

export function createTlsPlans(options: TlsPlanOptions): TlsPlans {
  const { clock, secureDns, port } = options
  const keep = <V>(load: (name: string) => Promise<V>) => cached({ load, ttlMs: KEPT_MS, entriesMax: ENTRIES_MAX, clock })
  const policyOf = keep((domain) => currentPolicy(options, domain))
  const mxOf = keep(async (domain): Promise<SecureAnswer> => (secureDns ? secureDns.ask(domain, 'MX') : { kind: 'insecure', records: [] }))
  const daneOf = keep(async (host) => (secureDns ? findDane(secureDns, host, port) : NO_DANE))

  return {
    forDomain: async (domain, hosts) => {
      if (domain.startsWith('[')) return opportunisticPlans.forDomain(domain, hosts)
      const [mx, policy] = await Promise.all([mxOf(domain), policyOf(domain)])
      const sts = policy && policy.mode !== 'none' ? policy : undefined
      const vouched = mx.kind === 'secure' ? vouchedHosts(mx, domain) : undefined
      // A certificate with the domain's own name is good for this domain only.
      const own = vouched && (await Promise.all(hosts.map(daneOf))).some((dane) => dane.kind === 'tls' && namesAuthority(dane))
      return {
        name: [
          mx.kind === 'insecure' ? '' : mx.kind,
          own ? domain : '',
          sts ? `${sts.mode} ${sts.policyId} ${[...sts.hosts].sort().join(',')}` : '',
        ]
          .join(' ')
          .trim(),
        forHost: async (host) => {
          if (mx.kind === 'bogus') return refuse(`The MX records of ${domain} could not be validated`)
          // Hosts are looked up without validation, and whoever forges those answers must not lead us away from the signed ones.
          if (vouched && !vouched.has(host)) return refuse(`${host} is not among the hosts that the signed MX records of ${domain} name`)
          const dane = vouched ? await daneOf(host) : NO_DANE
          return byDane(dane, { host, domain, clock }) ?? (sts ? bySts(sts, host) : OPPORTUNISTIC)
        },
      }
    },
  }
}

/** Without MX records the domain is its own host. RFC 5321 §5.1 */
function vouchedHosts({ records }: SecureAnswer, domain: string): ReadonlySet<string> {
  const hosts = records.flatMap((record) => (record.type === 'MX' ? [record.data.exchange.toLowerCase().replace(/\.$/, '')] : []))
  return new Set(hosts.length > 0 ? hosts : [domain])
}

const NO_DANE = { kind: 'none' } as const

/** Where there are both, DANE decides. RFC 8461 §2 */
function byDane(dane: DaneAnswer, { host, domain, clock }: { host: string; domain: string; clock: () => Date }): TlsPlan | undefined {
  if (dane.kind === 'none') return undefined
  if (dane.kind === 'unavailable') return refuse(`The TLSA records of ${host} could not be validated`)
  const judge = judgeByDane(dane.records, [dane.base, domain], clock)
  return plan({ mode: 'required', verify: false, judge }, dane.records.length > 0 ? 'dane' : 'dane-tls')
}

function bySts(policy: StoredPolicy, host: string): TlsPlan {
  if (policy.mode === 'testing') return plan({ mode: 'opportunistic', verify: false }, 'mta-sts-testing')
  if (!allowsHost(policy, host)) return refuse(`${host} is not among the hosts of the MTA-STS policy of ${policy.domain}`)
  return plan({ mode: 'required', verify: true, names: [host] }, 'mta-sts')
}

/** Fetched anew long before its end, so that whoever would be rid of it must keep us from its host for a day. RFC 8461 §10.2 */
const REFRESHED_BEFORE_MS = 86_400_000
const endsSoon = ({ expiresAt }: StoredPolicy, now: Date): boolean => expiresAt.getTime() - now.getTime() < REFRESHED_BEFORE_MS

/** A policy that has been seen stays in force until it ends or a new one is in hand, whatever DNS and web say. RFC 8461 §5.1 */
async function currentPolicy({ db, dns, http, clock }: TlsPlanOptions, domain: string): Promise<StoredPolicy | undefined> {
  const now = clock()
  const [known, id] = await Promise.all([findPolicy(db, domain, now), findPolicyId(dns, domain)])
  if (typeof id !== 'string' || (id === known?.policyId && !endsSoon(known, now))) return known
  const fresh = await fetchPolicy(http, domain, id)
  if (!fresh) return known
  const policy = { domain, policyId: id, mode: fresh.mode, hosts: fresh.hosts, expiresAt: new Date(now.getTime() + fresh.maxAgeMs) }
  await putPolicy(db, policy)
  return policy
}
