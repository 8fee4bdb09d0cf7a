/** Where mail goes now: through relays, to the domain's own hosts, or to an endpoint. For explanations. */
import type { Outcome } from '../domain/delivery.ts'
import type { Shared } from '../domain/share.ts'
import type { Dns } from '../net/dns.ts'
import type { Database } from '../store/database.ts'
import { findSmtpEndpoint } from '../store/endpoints.ts'
import type { Explained } from '../store/explanations.ts'
import { mailServerPaths } from '../store/mail-servers.ts'
import { listRelays, type RelayRow } from '../store/relays.ts'
import { namedEndpoint } from './couriers/smtp-endpoint.ts'
import { findTarget, type NamedRelay, relaySite } from './couriers/target.ts'
import { createOwnHosts, type OwnNames } from './own-hosts.ts'
import { relaysAmong } from './relays.ts'
import { opportunisticPlans } from './tls-plans.ts'
import { findTlsPolicy, policyText, type TlsPolicy } from './tls-policies.ts'

export type Ways = {
  readonly db: Database
  readonly dns: Dns
  readonly random: () => number
  /** Of the configuration. */
  readonly smtpRelays: readonly NamedRelay[]
  readonly tlsPolicies?: readonly TlsPolicy[]
  readonly ownNames?: OwnNames
}

export type WayPlace = { readonly domain: string; readonly mailServerId: number }
export type Way = {
  /** Whose limits count; undefined when there is none. */
  readonly site: string | undefined
  readonly lines: readonly string[]
  /** By its provider. */
  readonly allowed?: Shared
  /** By relays that are not of a single mail server. */
  readonly shared?: boolean
}

/** Of mail that goes out, of one mail server. */
export async function wayOf(ways: Ways, { domain, mailServerId }: WayPlace): Promise<Way> {
  const rows = relaysAmong(await listRelays(ways.db), mailServerId, domain)
  const [first] = rows
  if (!first) return withoutRows(ways, domain)
  const whose = first.mailServerId === null ? '' : ' of this mail server'
  return throughRelays(`Mail for ${domain}`, rows.map(toNamed), setFor(first, `mail${whose}`))
}

/** For operators: how mail for a domain goes, first that of all, then that of mail servers with relays of their own. */
export async function waysTo(ways: Ways, domain: string): Promise<Way[]> {
  const rows = await listRelays(ways.db)
  const shared = relaysAmong(rows, null, domain)
  const ids = new Set(rows.flatMap(({ mailServerId }) => mailServerId ?? []))
  const own = [...ids].map((id) => relaysAmong(rows, id, domain)).filter(([first]) => first?.mailServerId != null)
  const paths = await mailServerPaths(ways.db, [...ids])
  const toAll = shared[0]
    ? throughRelays(`Mail for ${domain}`, shared.map(toNamed), setFor(shared[0], 'mail'))
    : await withoutRows(ways, domain)
  return [toAll, ...own.flatMap((group) => throughOwn(domain, group, paths))]
}

function throughOwn(domain: string, group: readonly RelayRow[], paths: ReadonlyMap<number, string>): Way[] {
  const [first] = group
  const path = first && paths.get(first.mailServerId ?? 0)
  return path ? [throughRelays(`Mail of ${path} for ${domain}`, group.map(toNamed), setFor(first, 'its mail'))] : []
}

const toNamed = ({ mailServerId, host, port, tlsMode, username }: RelayRow): NamedRelay => ({
  ...{ mailServerId, host, port, tlsMode },
  user: username,
})

const setFor = ({ domain }: RelayRow, mail: string): string =>
  domain === null ? `which is set for all ${mail}` : `which is set for ${mail} to this domain`

async function withoutRows({ db, dns, random, smtpRelays, tlsPolicies = [], ownNames }: Ways, domain: string): Promise<Way> {
  if (smtpRelays.length > 0) return throughRelays(`Mail for ${domain}`, smtpRelays, 'as the configuration says for all mail')
  const own = ownNames ? { ownHosts: createOwnHosts({ db, dns, names: ownNames }) } : {}
  const found = await findTarget({ dns, random, port: 25, tlsPlans: opportunisticPlans, ...own }, domain)
  if (found.kind !== 'target') return { site: undefined, lines: [withoutTarget(domain, found.outcome)] }
  const { site, provider, hosts } = found.target
  const shared = provider ? `, which belongs to ${provider.name}` : ''
  const limits = provider
    ? [`There we use at most ${provider.connectionsMax} connections from an address, with ${provider.messagesPerSessionMax} messages each.`]
    : []
  const policy = findTlsPolicy(tlsPolicies)(domain)
  const encryption = policy ? [policyText(policy)] : []
  const lines = [`Mail for ${domain} goes to ${hosts.map(({ name }) => name).join(', ')}${shared}.`, ...limits, ...encryption]
  return { site, lines, ...(provider ? { allowed: provider } : {}) }
}

const withoutTarget = (domain: string, { replyClass, details }: Outcome): string =>
  replyClass === 'mail_loop' ? details : `The domain ${domain} has no mail hosts that could be found now.`

function throughRelays(what: string, relays: readonly NamedRelay[], why: string): Way {
  const [first, ...others] = relays.map(({ host, port }) => `${host}:${port}`)
  const away = others.length > 0 ? `, or ${others.join(', ')} when that is away` : ''
  return {
    shared: relays.some(({ mailServerId }) => mailServerId === null),
    site: relaySite(relays),
    lines: [`${what} goes through the relay ${first}${away}, ${why}.`],
  }
}

/** Of mail that has come in; only SMTP endpoints are sites. */
export async function wayInside({ db }: Pick<Ways, 'db'>, { mailServerId, endpointType, endpointId }: Explained): Promise<Way> {
  const endpoint = endpointType === 'smtp' && endpointId !== null ? await findSmtpEndpoint(db, { mailServerId, id: endpointId }) : undefined
  if (!endpoint) return { site: undefined, lines: [] }
  const { host, port, ...named } = namedEndpoint(endpoint)
  return { site: relaySite([{ host, port, ...named }]), lines: [`It goes to the endpoint ${endpoint.name}, which is ${host}:${port}.`] }
}
