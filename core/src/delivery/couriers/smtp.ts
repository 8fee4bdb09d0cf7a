/** The SMTP courier: finds the site of a recipient's domain and sends on one of its connections. RFC 5321 §5 */
import type { Outcome } from '../../domain/delivery.ts'
import type { Scope } from '../../domain/message.ts'
import { ownerOfSite } from '../../domain/site-owner.ts'
import { type FailedHost, smtpOutcome, unreachableOutcome } from '../../domain/smtp-outcome.ts'
import type { SmtpMessage } from '../../net/smtp-session.ts'
import type { Trace } from '../../store/results.ts'
import type { OwnHosts } from '../own-hosts.ts'
import type { Provider } from '../providers.ts'
import type { SiteLimitBook } from '../site-limits.ts'
import type { SiteAttempt, SiteReports } from '../site-reports.ts'
import type { ChooseSource, Chosen } from '../sources.ts'
import { type Dialer, openHost, type Source } from './open-host.ts'
import { createRemembered } from './remembered.ts'
import { type Later, Site, type SiteLimits, type SiteResult } from './site.ts'
import { findTarget, type Relay, relayTarget, type Target, type TlsPlans } from './target.ts'

export type SmtpCourier = AsyncDisposable & {
  /** Never rejects, but for what `beforeFinalDot` or the making of the message throw. */
  readonly carry: (parcel: Parcel) => Promise<Carried>
  /** Sends parcels away that wait at slow sites, so that there is room for others. */
  readonly relieve: () => void
  /** When a parcel like this had better come, when it should not even be loaded now. */
  readonly turnAway: (parcel: Stream & Pick<Parcel, 'scope' | 'domain'>) => Later | undefined
  /** Sends all away that have not begun, for this process is about to end. */
  readonly handBack: () => void
  /** What is known here about the sites with connections or faults, for `explain`. */
  readonly sites: () => readonly SiteState[]
}

export type SiteState = { readonly site: string; readonly sourceIp: string } & Site['state']

/** How it went; or that nothing was tried, and when to come back. */
export type Carried = { readonly kind: 'tried'; readonly outcome: Outcome; readonly trace: Trace } | Later

/** Streams take turns at a busy site. */
type Stream = { readonly mailServerId: number; readonly priority: number }

export type Parcel = Stream & {
  readonly scope: Scope
  readonly domain: string
  readonly rcptTo: string
  /** Chooses the address to send from; null for the system's choice. */
  readonly source: ChooseSource | null
  /** Instead of the domain's own hosts; empty for those. */
  readonly relays: readonly Relay[]
  /** Called when a connection is there, so that mail is not rendered to wait. */
  readonly message: () => Promise<SmtpMessage>
}

export type SmtpCourierOptions = {
  readonly dialer: Dialer
  /** For sites of no known provider. */
  readonly limits: SiteLimits
  readonly book: SiteLimitBook
  /** Told of every attempt, for people to see how sites do. */
  readonly reports?: Pick<SiteReports, 'lead' | 'note'>
  readonly tlsPlans: TlsPlans
  readonly ownHosts?: OwnHosts
  /** Where MX hosts listen. */
  readonly port: number
  /** Of which attempts what was said is kept. */
  readonly keepTranscripts: 'all' | 'failures' | 'none'
  readonly clock: () => Date
  readonly random: () => number
  readonly sitesKept?: number
}

type Place = { readonly site: string; readonly sourceIp: string }
type Known = Place & { readonly courier: Site }

/** Also of dead ones: a backlog may have any number of them, and a probe finds out anew. */
const SITES_KEPT = 5_000
const PLACES_KEPT = 50_000

export function createSmtpCourier(options: SmtpCourierOptions): SmtpCourier {
  const { book, clock, random, sitesKept = SITES_KEPT } = options
  const sites = createRemembered<Known>({ kept: sitesKept, worth: ({ courier }) => courier.worth })
  /** Where outgoing mail of a mail server to a domain went last. Incoming mail for that domain may be handed to an endpoint instead. */
  const places = new Map<string, Known>()
  let closing = false
  const siteOf = ({ site, provider, tells }: Target, sourceIp: string): Known => {
    const make = (): Known => {
      const base = provider ? providerLimits(options.limits, provider) : options.limits
      const place = { site, sourceIp }
      const courier = new Site({ limits: () => book.limitsOf(place, base), clock, random, tells })
      if (closing) courier.handBack()
      return { ...place, courier }
    }
    return sites.of(`${site} ${sourceIp}`, make)
  }
  const remember = (parcel: Parcel, known: Known): void => {
    if (parcel.scope !== 'outgoing') return
    if (places.size >= PLACES_KEPT) places.clear()
    places.set(placeOf(parcel), known)
  }
  return {
    carry: async (parcel) => {
      const [found] = await Promise.all([whereTo(options, parcel), book.refresh()])
      if (found.kind === 'outcome') {
        if (found.outcome.kind === 'soft_fail') report(options, { site: parcel.domain, ...found, dead: false })
        return { kind: 'tried', outcome: found.outcome, trace: traceOf(found.outcome, null) }
      }
      const { target } = found
      lead(options, parcel, target)
      const chosen = parcel.source ? await parcel.source({ site: target.site, provider: target.provider?.name ?? 'other' }) : FREE_CHOICE
      if ('kind' in chosen) return chosen
      const known = siteOf(target, chosen.source?.ipv4 ?? '')
      remember(parcel, known)
      const carried = await send(options, known, { target, parcel, source: chosen.source })
      if (carried.kind === 'later') {
        await chosen.note(undefined)
        return carried
      }
      report(options, { site: known.site, ...carried, dead: known.courier.state.dead })
      await chosen.note(carried.outcome)
      return carried
    },
    relieve: () => {
      for (const { courier } of sites.all()) courier.relieve()
    },
    turnAway: (parcel) => (parcel.scope === 'outgoing' ? places.get(placeOf(parcel))?.courier.turnAway(lineOf(parcel)) : undefined),
    handBack: () => {
      closing = true
      for (const { courier } of sites.all()) courier.handBack()
    },
    sites: () => [...sites.all()].map(({ site, sourceIp, courier }) => ({ site, sourceIp, ...courier.state })),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...sites.all()].map(({ courier }) => courier[Symbol.asyncDispose]()))
    },
  }
}

const providerLimits = (limits: SiteLimits, { connectionsMax, messagesPerSessionMax, rates }: Provider): SiteLimits => ({
  ...limits,
  connectionsMax,
  messagesPerSessionMax,
  rates,
})

const whereTo = (options: SmtpCourierOptions, { relays, domain }: Parcel) => {
  if (relays.length > 0) return { kind: 'target' as const, target: relayTarget(relays) }
  return findTarget({ ...options, dns: options.dialer.dns }, domain)
}

/** What one mail server alone sends to says nothing about where the domain's mail goes. */
function lead({ reports }: SmtpCourierOptions, { domain }: Parcel, { site }: Target): void {
  if (ownerOfSite(site) === null) reports?.lead(domain, site)
}

const placeOf = ({ mailServerId, domain }: Pick<Parcel, 'mailServerId' | 'domain'>): string => `${mailServerId} ${domain}`
const lineOf = ({ mailServerId, priority }: Stream): string => `${mailServerId} ${priority}`

type Reported = Omit<SiteAttempt, 'host'> & { readonly trace?: Trace }

const report = ({ reports }: SmtpCourierOptions, { site, outcome, trace, dead }: Reported): void =>
  reports?.note({ site, outcome, host: trace?.host ?? null, dead })

const FREE_CHOICE: Chosen = { source: null, note: async () => undefined }

type Sending = { readonly target: Target; readonly parcel: Parcel; readonly source: Source | null }

async function send(options: SmtpCourierOptions, { courier, ...place }: Known, { target, parcel, source }: Sending): Promise<Carried> {
  const { dialer, book } = options
  let message: Promise<SmtpMessage> | undefined
  const { rcptTo } = parcel
  const sent = await courier.run({
    line: lineOf(parcel),
    pool: `${target.pool} ${source?.ipv4 ?? ''}`,
    open: (avoid) => openHost(dialer, { hosts: target.hosts, source, avoid }),
    use: async (session) => {
      message ??= parcel.message()
      return session.send(await message)
    },
  })
  if (sent.kind === 'later') return sent
  if (sent.kind === 'unreachable') return unreached(options, { place, sent, parcel, source })
  book.note(place, sent.result)
  const { endpoint, secure, resumed, policy } = sent.session
  const where = `${endpoint.ip}:${endpoint.port} (${endpoint.hostname})`
  const ours = sourceIpFor(source, endpoint.ip)
  const outcome = smtpOutcome(sent.result, { rcptTo, endpoint: where, sentWithTls: secure !== null, ...(ours ? { sourceIp: ours } : {}) })
  const kept = options.keepTranscripts === 'all' || (options.keepTranscripts === 'failures' && outcome.kind !== 'sent')
  const transcript = kept ? { transcript: sent.session.transcript } : {}
  const used = { host: endpoint.hostname, tls: secure && { ...secure, resumed }, tlsPolicy: secure ? policy : 'none' }
  return { kind: 'tried', outcome, trace: { ...traceOf(outcome, source), ...used, ...transcript } }
}

type Unreached = Omit<Sending, 'target'> & { readonly place: Place; readonly sent: Extract<SiteResult, { kind: 'unreachable' }> }

/** What is remembered was noted when it was found. */
function unreached({ book, keepTranscripts }: SmtpCourierOptions, { place, sent, parcel, source }: Unreached): Carried {
  if (!sent.remembered) for (const { result } of sent.failures) book.note(place, result)
  const outcome = unreachableOutcome(parcel.domain, sent.failures)
  const transcript = keepTranscripts === 'none' ? {} : { transcript: openingTranscript(sent.failures) }
  return { kind: 'tried', outcome, trace: { ...traceOf(outcome, source), ...transcript } }
}

const OPENING_CHARACTERS_MAX = 12_000

/** No session came about: what each host answered, or why it could not. */
const openingTranscript = (failures: readonly FailedHost[]): string =>
  failures
    .map(({ host, result }) => `${result.kind === 'reply' ? '<' : '!'} ${host}: ${result.text}`)
    .join('\n')
    .slice(0, OPENING_CHARACTERS_MAX)

const sourceIpFor = (source: Source | null, ip: string): string | null => (source ? (ip.includes(':') ? source.ipv6 : source.ipv4) : null)

const traceOf = ({ replyClass }: Outcome, source: Source | null): Trace => ({
  ...(replyClass ? { replyClass } : {}),
  ...(source?.ipv4 ? { sourceIp: source.ipv4 } : {}),
})
