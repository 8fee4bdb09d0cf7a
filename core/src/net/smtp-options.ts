/** What a caller chooses about an SMTP session. */
import type { X509Certificate } from 'node:crypto'
import type { MayConnect } from './address-guard.ts'
import type { PlainHosts } from './plain-hosts.ts'
import type { SocksProxy } from './socks.ts'
import type { TlsSessions } from './tls-sessions.ts'

export type SmtpTls = {
  /**
   * `opportunistic` takes STARTTLS when it works and goes on in clear when not (RFC 7435); `required` insists on it;
   * `implicit` starts with TLS (RFC 8314).
   */
  readonly mode: 'none' | 'opportunistic' | 'required' | 'implicit'
  /** Check the certificate's chain and names; opportunistic TLS never does. */
  readonly verify: boolean
  /** Names of which the certificate must bear one; the host's own when absent. */
  readonly names?: readonly string[]
  /** Judges the certificate instead, as DANE does: undefined when it is right, else what is wrong. */
  readonly judge?: (peer: PeerCertificates) => string | undefined
}

/** The server's own certificate first, then those that it sent along. */
export type PeerCertificates = readonly X509Certificate[]

export type SmtpSessionOptions = {
  /** For SNI, certificates and people. */
  readonly host: string
  /** Tried in this order until one gives a session. */
  readonly addresses: readonly string[]
  readonly port: number
  /** LMTP says LHLO and answers the data once for each recipient; else it is SMTP. RFC 2033 */
  readonly protocol?: 'smtp' | 'lmtp'
  readonly mayConnect: MayConnect
  /** Our own address for each family; targets of a family that is missing here are passed over. */
  readonly localAddresses?: { readonly ipv4: string | null; readonly ipv6: string | null }
  /** Connects for us; our own addresses do not matter then. */
  readonly socksProxy?: SocksProxy
  readonly heloName: string
  readonly tls: SmtpTls
  readonly auth?: { readonly user: string; readonly password: string }
  /** To connect. From there to the end of STARTTLS there are this and one `readTimeoutMs` more. */
  readonly openTimeoutMs: number
  /** For each reply but the last one. */
  readonly readTimeoutMs: number
  /** For the reply to the final dot. */
  readonly finalDotTimeoutMs?: number
  /** Hosts whose STARTTLS is known to be broken; opportunistic sessions start in clear with them. */
  readonly plainHosts?: PlainHosts
  /** From connections before; without it each handshake is a full one. */
  readonly tlsSessions?: TlsSessions
  /** Ends the session, whatever it is doing. */
  readonly signal?: AbortSignal
}

/** A sender that gives up earlier may double the mail. RFC 5321 §4.5.3.2.6 */
export const FINAL_DOT_TIMEOUT_MS = 10 * 60_000
