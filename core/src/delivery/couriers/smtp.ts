/** The SMTP courier: finds the site of a recipient's domain and sends on one of its connections. RFC 5321 §5 */
import type { Outcome } from '../../domain/delivery.ts'
import { type FailedHost, smtpOutcome, unreachableOutcome } from '../../domain/smtp-outcome.ts'
import { findMailHosts } from '../../net/mail-hosts.ts'
import type { SmtpMessage } from '../../net/smtp-session.ts'
import { type Dialer, openHost, type Target } from './open-host.ts'
import { Site, type SiteLimits } from './site.ts'

export type SmtpCourier = AsyncDisposable & {
  /** Never rejects, but for what `beforeFinalDot` or the making of the message throw. */
  readonly carry: (parcel: Parcel) => Promise<Outcome>
}

export type Parcel = {
  /** Takes turns with others at a busy site. */
  readonly mailServerId: number
  readonly domain: string
  readonly rcptTo: string
  /** Called when a connection is there, so that mail is not rendered to wait. */
  readonly message: () => Promise<SmtpMessage>
}

export type Relay = {
  readonly hosts: readonly string[]
  readonly port: number
  readonly tls: Target['tls']
  readonly auth?: Target['auth']
}

export type SmtpCourierOptions = {
  readonly dialer: Dialer
  readonly limits: SiteLimits
  /** Where MX hosts listen. */
  readonly port: number
  /** When set, all mail goes there. */
  readonly relay: Relay | null
  readonly clock: () => Date
  readonly random: () => number
}

const OPPORTUNISTIC = { mode: 'opportunistic', verify: false } as const

export function createSmtpCourier(options: SmtpCourierOptions): SmtpCourier {
  const sites = new Map<string, Site>()
  const siteOf = (key: string): Site => {
    const known = sites.get(key)
    if (known) return known
    for (const [other, site] of sites) if (site.quiet) sites.delete(other)
    const site = new Site(options.limits, options.clock)
    sites.set(key, site)
    return site
  }
  return {
    carry: async (parcel) => {
      const found = await findTarget(options, parcel.domain)
      return 'outcome' in found ? found.outcome : send(options, siteOf(found.site), found.target, parcel)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...sites.values()].map((site) => site[Symbol.asyncDispose]()))
    },
  }
}

type Found = { readonly site: string; readonly target: Target } | { readonly outcome: Outcome }

async function findTarget({ dialer, port, relay, random }: SmtpCourierOptions, domain: string): Promise<Found> {
  if (relay) return { site: `relay ${relay.hosts.join(',')}:${relay.port}`, target: relay as Target }
  const found = await findMailHosts(dialer.dns, domain, random)
  if (found.kind === 'hosts') return { site: found.site, target: { hosts: found.hosts.map((host) => host.name), port, tls: OPPORTUNISTIC } }
  return { outcome: withoutHosts(found, domain) }
}

function withoutHosts(
  found: { kind: 'null_mx' | 'no_domain' | 'no_hosts' } | { kind: 'unavailable'; reason: string },
  domain: string,
): Outcome {
  const base = { output: '', sentWithTls: false }
  switch (found.kind) {
    case 'null_mx': // RFC 7505 §3
      return { kind: 'hard_fail', details: `The domain ${domain} does not accept mail (null MX).`, ...base, personal: true }
    case 'no_domain':
      return { kind: 'hard_fail', details: `The domain ${domain} does not exist.`, ...base, personal: true }
    case 'no_hosts':
      return unreachableOutcome(domain, [])
    case 'unavailable':
      return {
        kind: 'soft_fail',
        details: `The mail servers of ${domain} could not be looked up.`,
        output: found.reason,
        sentWithTls: false,
      }
  }
}

async function send({ dialer }: SmtpCourierOptions, site: Site, target: Target, parcel: Parcel): Promise<Outcome> {
  let message: Promise<SmtpMessage> | undefined
  const sent = await site.run(
    parcel.mailServerId,
    (avoid) => openHost(dialer, target, avoid),
    async (session) => {
      message ??= parcel.message()
      return session.send(await message)
    },
  )
  if (sent.kind === 'unreachable') return unreachableOutcome(parcel.domain, sent.failures as FailedHost[])
  const { ip, port, hostname } = sent.session.endpoint
  return smtpOutcome(sent.result, {
    rcptTo: parcel.rcptTo,
    endpoint: `${ip}:${port} (${hostname})`,
    sentWithTls: sent.session.secure !== null,
  })
}
