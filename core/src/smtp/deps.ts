/** What the SMTP server needs from the rest of the program. */

import type { RandomBytes } from '../domain/token.ts'
import type { Vault } from '../domain/vault.ts'
import type { Intake } from '../intake/accept.ts'
import type { Dns } from '../net/dns.ts'
import type { Logger } from '../observe/logger.ts'
import type { MailLog } from '../observe/mail-log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Database } from '../store/database.ts'
import type { Directory } from '../store/directory.ts'
import type { ThrottleRule } from '../store/throttles.ts'
import type { ListenerKind, PolicyChanges } from './policy.ts'

export type Deps = {
  readonly db: Database
  readonly directory: Directory
  readonly intake: Pick<Intake, 'acceptTogether'>
  readonly vault: Pick<Vault, 'keyHash' | 'unseal'>
  readonly dns: Pick<Dns, 'ptr'>
  readonly log: Logger
  readonly mailLog: Pick<MailLog, 'messageAccepted' | 'smtpConnection' | 'smtpClosed' | 'smtpRefused' | 'smtpAuthFailed'>
  readonly metrics: Pick<Metrics, 'smtp' | 'intake'>
  readonly clock: () => Date
  readonly randomBytes: RandomBytes
  /** Rejects when aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

export type ListenerSettings = {
  readonly kind: ListenerKind
  readonly address: string
  readonly port: number
  /** Taken when the port is not permitted; null when somebody chose the port. */
  readonly fallbackPort: number | null
  /** Without IPv4, which has the same port on an address of its own. */
  readonly ipv6Only?: boolean
  /** Said in greeting, HELO reply and Received; the server's when absent. */
  readonly hostname?: string
  readonly policy?: PolicyChanges
}

export type TlsSettings = {
  readonly certificatePath: string
  readonly keyPath: string
  /** An OpenSSL cipher string. */
  readonly ciphers: string | null
  /** Other certificates by the host name that a client asks for (SNI). */
  readonly byHostname?: ReadonlyMap<string, { readonly certificatePath: string; readonly keyPath: string }>
}

export type SmtpSettings = {
  readonly hostname: string
  readonly listeners: readonly ListenerSettings[]
  readonly tls: TlsSettings | null
  /** Addresses and networks whose PROXY header is believed, and demanded. */
  readonly proxies: readonly string[]
  readonly returnPathDomain: string
  readonly customReturnPathPrefix: string
  readonly routeDomain: string
  /** Memory for mails that are being received and stored, of all connections of the process. */
  readonly memoryBytesMax: number
  readonly ptrTimeoutMs: number
  /** Refusals of AUTH by address and network. */
  readonly authThrottle: ThrottleRule
  /** Lets several processes share the ports; then a second server on them is not noticed. */
  readonly reusePort: boolean
  readonly logConnections: boolean
  /** Client addresses whose dialogues are not logged. */
  readonly logExclusion: RegExp | null
}
