/** Where mail for a domain goes now: through relays, or to the domain's own hosts. For explanations. */
import type { Dns } from '../net/dns.ts'
import type { Database } from '../store/database.ts'
import { listRelays, type RelayRow } from '../store/relays.ts'
import { findTarget, relaySite } from './couriers/target.ts'
import { relaysAmong } from './relays.ts'
import { opportunisticPlans } from './tls-plans.ts'

/** A relay of the configuration, without its password. */
export type NamedRelay = { readonly host: string; readonly port: number; readonly user: string | null }

export type Ways = {
  readonly db: Database
  readonly dns: Dns
  readonly random: () => number
  readonly smtpRelays: readonly NamedRelay[]
}

/** Null for mail of any mail server: then only relays count that are not of a single one. */
export type WayPlace = { readonly domain: string; readonly mailServerId: number | null }
export type Way = {
  /** Whose limits count; undefined when there is none. */
  readonly site: string | undefined
  readonly lines: readonly string[]
}

export async function wayOf({ db, dns, random, smtpRelays }: Ways, { domain, mailServerId }: WayPlace): Promise<Way> {
  const rows = relaysAmong(await listRelays(db), mailServerId, domain)
  const [first] = rows
  if (first) return throughRelays(domain, rows.map(toNamed), ownerText(first))
  if (smtpRelays.length > 0) return throughRelays(domain, smtpRelays, 'as the configuration says for all mail')
  const found = await findTarget({ dns, random, port: 25, tlsPlans: opportunisticPlans }, domain)
  if (found.kind !== 'target') return { site: undefined, lines: [`The domain ${domain} has no mail hosts that could be found now.`] }
  const { site, provider, hosts } = found.target
  const shared = provider ? `, which belongs to ${provider.name}` : ''
  const limits = provider
    ? [`There we use at most ${provider.connectionsMax} connections from an address, with ${provider.messagesPerSessionMax} messages each.`]
    : []
  return { site, lines: [`Mail for ${domain} goes to ${hosts.map(({ name }) => name).join(', ')}${shared}.`, ...limits] }
}

const toNamed = ({ host, port, username }: RelayRow): NamedRelay => ({ host, port, user: username })

function throughRelays(domain: string, relays: readonly NamedRelay[], why: string): Way {
  const [first, ...others] = relays.map(({ host, port }) => `${host}:${port}`)
  const away = others.length > 0 ? `, or ${others.join(', ')} when that is away` : ''
  return { site: relaySite(relays), lines: [`Mail for ${domain} goes through the relay ${first}${away}, ${why}.`] }
}

function ownerText({ mailServerId, domain }: RelayRow): string {
  const whose = mailServerId === null ? '' : ' of this mail server'
  if (domain !== null) return `which is set for mail${whose} to this domain`
  return whose === '' ? 'which is set for all mail' : `which is set for all mail${whose}`
}
