/** Where a message goes: to a relay that somebody has set, or to the hosts of its domain. */
import { createHash } from 'node:crypto'
import type { Outcome } from '../../domain/delivery.ts'
import { relaySiteName } from '../../domain/site-owner.ts'
import { unreachableOutcome } from '../../domain/smtp-outcome.ts'
import type { Dns } from '../../net/dns.ts'
import { findMailHosts, hostsBeforeUs, type MailHosts } from '../../net/mail-hosts.ts'
import type { SmtpTls } from '../../net/smtp-options.ts'
import type { TLS_MODES } from '../../store/schema/routes.ts'
import type { OwnHosts } from '../own-hosts.ts'
import { type Provider, providerOf } from '../providers.ts'
import type { Telling } from './away-pools.ts'
import type { TargetHost, TlsPlan } from './open-host.ts'

export type Relay = {
  /** Of its row; absent for those of the configuration. */
  readonly id?: number
  /** The mail server that alone sends through it; absent when others do too. */
  readonly mailServerId?: number | null
  readonly host: string
  readonly port: number
  readonly protocol?: 'smtp' | 'lmtp'
  readonly tls: SmtpTls
  readonly auth?: { readonly user: string; readonly password: string }
  /** Set by an operator, who may name hosts of a private network. */
  readonly trusted?: boolean
}

export type Target = {
  /** Whose limits count. */
  readonly site: string
  readonly provider: Provider | undefined
  readonly tells: Telling
  /** Sessions of the same pool may be shared. */
  readonly pool: string
  readonly hosts: readonly TargetHost[]
}

export type FoundTarget = { readonly kind: 'target'; readonly target: Target } | { readonly kind: 'outcome'; readonly outcome: Outcome }

/** How the connections to a domain's hosts are to be secured. */
export type TlsPlans = { readonly forDomain: (domain: string, hosts: readonly string[]) => Promise<DomainTls> }
export type DomainTls = {
  /** Tells policies apart, so that no session is shared between them. */
  readonly name: string
  readonly forHost: (host: string) => Promise<TlsPlan>
}

export type Finding = {
  readonly dns: Dns
  readonly random: () => number
  readonly port: number
  readonly tlsPlans: TlsPlans
  /** Absent when mail may come back to us. */
  readonly ownHosts?: OwnHosts
}

/** In their order, the first that answers takes the mail. */
export function relayTarget(relays: readonly Relay[]): Target {
  const hosts = relays.map(({ host, port, protocol = 'smtp', tls, auth, trusted = false }): TargetHost => {
    const plan: TlsPlan = { kind: 'connect', tls, policy: tls.mode === 'none' ? 'none' : tls.verify ? 'verified' : 'opportunistic' }
    return { name: host, port, protocol, tls: () => Promise.resolve(plan), trusted, ...(auth ? { auth } : {}) }
  })
  const site = relaySite(relays.map(named))
  // Whoever has set another password for the same user must not ride on a session that the right one has opened.
  // Nor must anybody on one that was opened by other rules, such as those before the last change.
  const pool = `${site} ${relays.map(rulesOf).join(',')}`
  return { site, provider: undefined, tells: 'all', pool, hosts }
}

export type TlsMode = (typeof TLS_MODES)[number]

/** How people set the encryption of a relay or an endpoint, and what that asks for. */
export const TLS_OF: Readonly<Record<TlsMode, SmtpTls>> = {
  none: { mode: 'none', verify: false },
  auto: { mode: 'opportunistic', verify: false },
  starttls: { mode: 'required', verify: true },
  tls: { mode: 'implicit', verify: true },
}

const MODE_OF: Readonly<Record<SmtpTls['mode'], TlsMode>> = { none: 'none', opportunistic: 'auto', required: 'starttls', implicit: 'tls' }

/** A relay without its password. */
export type NamedRelay = Pick<Relay, 'mailServerId' | 'host' | 'port' | 'protocol'> & {
  readonly tlsMode: TlsMode
  readonly user: string | null
}

const named = ({ tls, auth, ...relay }: Relay): NamedRelay => ({ ...relay, tlsMode: MODE_OF[tls.mode], user: auth?.user ?? null })

/**
 * What their limits go by. Who sets a wrong password or a wrong TLS mode for a host must not make it look dead to others: what a
 * mail server sends through alone is a site of its own, and what asks for other encryption is another.
 */
export function relaySite(relays: readonly NamedRelay[]): string {
  return bounded(relaySiteName(relays[0]?.mailServerId ?? null, relays.map(wordsOf).join(', ')))
}

const wordsOf = ({ host, port, user, protocol = 'smtp', tlsMode }: NamedRelay): string =>
  `${user === null ? '' : `${user}@`}${host}:${port} ${tlsMode}${protocol === 'smtp' ? '' : ` ${protocol}`}`

const rulesOf = ({ id, protocol = 'smtp', tls, auth, trusted = false }: Relay): string =>
  [id ?? '', trusted, protocol, tls.mode, tls.verify, auth ? createHash('sha256').update(auth.password).digest('base64') : ''].join(' ')

export async function findTarget({ dns, random, port, tlsPlans, ownHosts }: Finding, domain: string): Promise<FoundTarget> {
  const all = await findMailHosts(dns, domain, random)
  if (all.kind !== 'hosts') return { kind: 'outcome', outcome: withoutHosts(all, domain) }
  const before = ownHosts ? await hostsBeforeUs(all, ownHosts.isOurs) : all
  if (before.hosts.length === 0 && !(await ownHosts?.takes(domain))) return { kind: 'outcome', outcome: loopsBack(domain) }
  const found = before.hosts.length > 0 ? before : all
  const names = found.hosts.map((host) => host.name)
  const provider = providerOf(names)
  const tls = await tlsPlans.forDomain(domain, names)
  const hosts = names.map((name): TargetHost => ({ name, port, tls: () => tls.forHost(name) }))
  const site = provider?.name ?? bounded(found.site)
  return {
    kind: 'target',
    target: { site, provider, tells: provider ? 'replies' : 'connections', pool: `${found.site} ${tls.name}`, hosts },
  }
}

const SITE_CHARACTERS_MAX = 200

/** Names of sites stand in tables and in front of people. */
function bounded(site: string): string {
  if (site.length <= SITE_CHARACTERS_MAX) return site
  return `${site.slice(0, SITE_CHARACTERS_MAX)}… ${createHash('sha256').update(site).digest('hex').slice(0, 12)}`
}

function withoutHosts(found: Exclude<MailHosts, { kind: 'hosts' }>, domain: string): Outcome {
  const base = { output: '', sentWithTls: false }
  switch (found.kind) {
    case 'null_mx': // RFC 7505 §3
      return { kind: 'hard_fail', details: `The domain ${domain} does not accept mail (null MX).`, ...base, ...NO_DOMAIN }
    case 'no_domain':
      return { kind: 'hard_fail', details: `The domain ${domain} does not exist.`, ...base, ...NO_DOMAIN }
    case 'no_hosts': // RFC 5321 §5.1: neither MX nor address. Who runs the domain may still mend it, so nobody is suppressed.
      return { ...unreachableOutcome(domain, []), kind: 'hard_fail', replyClass: 'no_such_domain' }
    case 'unavailable':
      return { kind: 'soft_fail', details: `The mail servers of ${domain} could not be looked up.`, ...base, output: found.reason }
  }
}

/** Whose records they are may still mend them, so that nobody is suppressed. */
const loopsBack = (domain: string): Outcome => ({
  kind: 'hard_fail',
  details: `Mail for ${domain} loops back to us: its best mail host is ours, and the domain is not.`,
  output: '',
  sentWithTls: false,
  replyClass: 'mail_loop',
})

const NO_DOMAIN = { personal: true, replyClass: 'no_such_domain' } as const
