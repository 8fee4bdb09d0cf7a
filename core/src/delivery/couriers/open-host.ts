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

export type HostSession = {
  readonly endpoint: SmtpEndpoint
  readonly secure: { readonly version: string; readonly cipher: string } | null
  readonly alive: boolean
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
  readonly heloName: string
  readonly openTimeoutMs: number
  readonly readTimeoutMs: number
}

export type Target = {
  readonly hosts: readonly string[]
  readonly port: number
  readonly tls: SmtpTls
  readonly auth?: { readonly user: string; readonly password: string }
}

/** The first host that gives a session, those in `avoid` left out. */
export async function openHost(dialer: Dialer, target: Target, avoid: ReadonlySet<string>): Promise<OpenedHost> {
  const failures: FailedHost[] = []
  for (const host of target.hosts) {
    if (avoid.has(host)) continue
    const addresses = await addressesOf(dialer.dns, host)
    if (addresses.kind !== 'found') {
      failures.push({ host, result: noAddress(host) })
      continue
    }
    const opened = await openSmtpSession({ ...dialer, ...target, host, addresses: addresses.records })
    if (opened.kind === 'open') return { kind: 'open', session: counted(opened.session) }
    failures.push(...opened.failures.map(({ result }) => ({ host, result })))
  }
  return { kind: 'failed', failures }
}

const noAddress = (host: string): SmtpResult => ({
  kind: 'fault',
  stage: 'connect',
  reason: 'closed',
  text: `${host} has no address that could be found`,
  uncertain: false,
})

type Session = Omit<HostSession, 'sent'>

function counted(session: Session): HostSession {
  let sent = 0
  return {
    endpoint: session.endpoint,
    secure: session.secure,
    get alive() {
      return session.alive
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
