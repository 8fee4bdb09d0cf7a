/** Opens an SMTP session to one of the hosts that take a domain's mail, in order of preference. */
import type { FailedHost } from '../../domain/smtp-outcome.ts'
import type { SmtpResult } from '../../domain/smtp-reply.ts'
import type { MayConnect } from '../../net/address-guard.ts'
import type { Dns } from '../../net/dns.ts'
import { addressesOf } from '../../net/mail-hosts.ts'
import type { PlainHosts } from '../../net/plain-hosts.ts'
import { openSmtpSession } from '../../net/smtp-client.ts'
import type { SmtpTls } from '../../net/smtp-options.ts'
import type { SmtpEndpoint, SmtpMessage } from '../../net/smtp-session.ts'
import type { SocksProxy } from '../../net/socks.ts'
import type { TlsSessions } from '../../net/tls-sessions.ts'

export type HostSession = {
  readonly endpoint: SmtpEndpoint
  readonly secure: { readonly version: string; readonly cipher: string } | null
  /** The TLS session is that of an earlier connection, whose certificate counts. */
  readonly resumed: boolean
  /** Which rule chose the TLS. */
  readonly policy: string
  readonly alive: boolean
  /** What was said about the latest message, and before the first. */
  readonly transcript: string
  /** Messages sent on it so far. */
  readonly sent: number
  readonly send: (message: SmtpMessage) => Promise<SmtpResult>
  readonly close: () => Promise<void>
}

export type OpenedHost =
  | { readonly kind: 'open'; readonly session: HostSession }
  | { readonly kind: 'failed'; readonly failures: readonly FailedHost[] }

export type Dialer = {
  readonly dns: Dns
  readonly mayConnect: MayConnect
  readonly plainHosts: PlainHosts
  readonly tlsSessions?: TlsSessions
  /** For machines that may not connect to port 25 themselves. */
  readonly socksProxy?: SocksProxy
  readonly heloName: string
  readonly openTimeoutMs: number
  readonly readTimeoutMs: number
}

/** One of our own addresses, to send from. */
export type Source = { readonly ipv4: string | null; readonly ipv6: string | null; readonly heloName: string }

/** How to secure a connection, or why there must be none. */
export type TlsPlan =
  | { readonly kind: 'connect'; readonly tls: SmtpTls; readonly policy: string }
  | { readonly kind: 'refuse'; readonly why: string }

export type TargetHost = {
  readonly name: string
  readonly port: number
  readonly protocol?: 'smtp' | 'lmtp'
  readonly auth?: { readonly user: string; readonly password: string }
  readonly tls: () => Promise<TlsPlan>
  /** It may be anywhere, also where mail may not go otherwise. */
  readonly trusted?: boolean
}

export type Opening = { readonly hosts: readonly TargetHost[]; readonly source: Source | null; readonly avoid: ReadonlySet<string> }

/** Relays may share a host. */
export const hostPlace = ({ name, port }: Pick<TargetHost, 'name' | 'port'>): string => `${name}:${port}`

/** The first host that gives a session, those in `avoid` left out. */
export async function openHost(dialer: Dialer, { hosts, source, avoid }: Opening): Promise<OpenedHost> {
  const failures: FailedHost[] = []
  for (const host of hosts) {
    if (avoid.has(hostPlace(host))) continue
    const [addresses, plan] = await Promise.all([addressesOf(dialer.dns, host.name), host.tls()])
    if (addresses.kind !== 'found') failures.push({ host: host.name, result: failed('connect', noAddress(host.name, addresses.kind)) })
    else if (plan.kind === 'refuse') failures.push({ host: host.name, result: failed('starttls', plan.why) })
    else {
      const opened = await openSmtpSession({ ...dialer, ...at(host), ...from(source), tls: plan.tls, addresses: addresses.records })
      if (opened.kind === 'open') return { kind: 'open', session: counted(opened.session, plan.policy) }
      failures.push(...opened.failures.map(({ result }) => ({ host: host.name, result })))
    }
  }
  return { kind: 'failed', failures }
}

const at = ({ name, port, protocol = 'smtp', auth, trusted }: TargetHost) => ({
  ...{ host: name, port, protocol },
  ...(auth ? { auth } : {}),
  ...(trusted ? { mayConnect: () => true } : {}),
})

const from = (source: Source | null) =>
  source ? { localAddresses: { ipv4: source.ipv4, ipv6: source.ipv6 }, heloName: source.heloName } : {}

const noAddress = (host: string, kind: 'none' | 'no_domain' | 'unavailable'): string =>
  kind === 'unavailable' ? `The addresses of ${host} could not be looked up` : `${host} has no address`

const failed = (stage: 'connect' | 'starttls', text: string): SmtpResult => ({
  kind: 'fault',
  stage,
  reason: stage === 'connect' ? 'closed' : 'tls',
  text,
  uncertain: false,
})

type Session = Omit<HostSession, 'sent' | 'policy'>

function counted(session: Session, policy: string): HostSession {
  let sent = 0
  return {
    endpoint: session.endpoint,
    secure: session.secure,
    resumed: session.resumed,
    policy,
    get alive() {
      return session.alive
    },
    get transcript() {
      return session.transcript
    },
    get sent() {
      return sent
    },
    send: (message) => {
      sent += 1
      return session.send(message)
    },
    close: () => session.close(),
  }
}
