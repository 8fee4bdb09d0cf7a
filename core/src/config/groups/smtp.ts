/** The SMTP server: its ports with what each allows, certificates, trusted proxies, memory. */
import type { Reader } from '../reader.ts'
import type { ListenAddress, StartedRole } from './roles.ts'
import type { ListenerEntry, SmtpListenerKind } from './smtp-listeners.ts'

export type SmtpListener = ListenAddress & {
  readonly kind: SmtpListenerKind
  /** Taken when the port is not permitted; null when somebody chose the port. */
  readonly fallbackPort: number | null
  /** Without IPv4, which has the same port on an address of its own. */
  readonly ipv6Only: boolean
  /** What differs from the usual for its kind. */
  readonly changes: ListenerChanges
}

export type ListenerChanges = {
  readonly hostname?: string | undefined
  readonly requireTls?: boolean | undefined
  readonly cramMd5?: boolean | undefined
  readonly bareLineEndings?: 'refuse' | 'normalise' | undefined
  readonly earlyTalkerWaitMs?: number | undefined
  readonly maxMessageBytes?: number | undefined
  readonly connectionsMax?: number | undefined
  readonly perAddressMax?: number | undefined
  readonly perNetworkMax?: number | undefined
  readonly recipientsMax?: number | undefined
  readonly messagesMax?: number | undefined
  readonly idleMs?: number | undefined
}

type KeyPaths = { readonly certificatePath: string; readonly keyPath: string }

export type SmtpTls = KeyPaths & {
  readonly ciphers: string | null
  /** Other certificates by the name that a client asks for (SNI, RFC 6066 §3). */
  readonly byHostname: ReadonlyMap<string, KeyPaths>
}

export type SmtpConfig = {
  readonly hostname: string
  /** All that its ports greet with. */
  readonly hostnames: readonly string[]
  readonly listeners: readonly SmtpListener[]
  readonly tls: SmtpTls | null
  readonly maxMessageBytes: number
  /** Addresses and networks whose PROXY header is believed, and demanded. Empty: nobody's. */
  readonly proxies: readonly string[]
  readonly reusePort: boolean
  /** For all mails that are on their way in, with the copies that the database driver makes. */
  readonly memoryBytesMax: number
  readonly logConnections: boolean
  /** Client addresses whose dialogues are not logged. */
  readonly logExclusion: RegExp | null
  readonly earlyTalkerWaitMs: number
  readonly connectionsMax: number
}

const PORT_WITHOUT_RIGHTS = 2525
const MIB = 1024 * 1024
/** So many of the largest mails may be on their way in at a time, when nobody says how much memory they may take. */
const LARGEST_MAILS_AT_ONCE = 16

export function toSmtp(reader: Reader, role: StartedRole): SmtpConfig {
  const { get } = reader
  const listeners = toListeners(reader, role)
  const maxMessageBytes = get('smtp_server.max_message_size') * MIB
  const hostname = get('postal.smtp_hostname') ?? get('postal.web_hostname')
  return {
    hostname,
    hostnames: [...new Set([hostname, ...listeners.flatMap(({ changes }) => changes.hostname ?? [])])],
    listeners,
    tls: toTls(reader),
    maxMessageBytes,
    proxies: get('smtp_server.proxy_protocol') ? [...get('posthaste.smtp_trusted_proxies'), ...get('postal.trusted_proxies')] : [],
    reusePort: get('posthaste.smtp_reuse_port'),
    memoryBytesMax: toMemory(reader, Math.max(maxMessageBytes, ...listeners.map(({ changes }) => changes.maxMessageBytes ?? 0))),
    logConnections: get('smtp_server.log_connections'),
    logExclusion: get('smtp_server.log_ip_address_exclusion_matcher'),
    earlyTalkerWaitMs: get('posthaste.smtp_early_talker_wait_ms'),
    connectionsMax: get('posthaste.smtp_connections_max'),
  }
}

/** More than half of the memory is for copies that storing makes: this leaves room for three mails at once. */
const LARGEST_MAILS_MIN = 8

function toMemory({ get, spelled, mistakes }: Reader, largestMail: number): number {
  const chosen = get('posthaste.smtp_memory_max')
  if (chosen === null) return LARGEST_MAILS_AT_ONCE * largestMail
  const least = (LARGEST_MAILS_MIN * largestMail) / MIB
  if (chosen < least)
    mistakes.push(
      `${spelled('posthaste.smtp_memory_max')} is ${chosen} MiB, too little for mails of ${largestMail / MIB} MiB; set it to ${least} or more.`,
    )
  return chosen * MIB
}

function toListeners(reader: Reader, role: StartedRole): SmtpListener[] {
  const { get, given, spelled, warnings } = reader
  const own = role === 'smtp'
  const address = (own ? get('BIND_ADDRESS') : null) ?? get('smtp_server.default_bind_address')
  const entries = get('posthaste.smtp_listeners')
  needTls(reader, entries)
  if (entries.length > 0) {
    const useless = SIMPLE_PORTS.filter((name) => given(name) && (own || name !== 'PORT')).map(spelled)
    if (useless.length > 0) warnings.push(`${useless.join(', ')}: without effect, because posthaste.smtp_listeners names every port.`)
    return entries.flatMap((entry) => described(entry, { address, entries }))
  }
  const port = (own ? get('PORT') : null) ?? get('smtp_server.default_port')
  const chosen = given('smtp_server.default_port') || (own && given('PORT'))
  const [submission, submissions] = [get('posthaste.smtp_submission_ports'), get('posthaste.smtp_submissions_ports')]
  // With no port for submission alone, the one there is serves everybody, as Postal's did.
  const first: SmtpListenerKind = submission.length + submissions.length === 0 ? 'postal' : 'mx'
  return [
    simple(first, { address, port, fallbackPort: chosen ? null : PORT_WITHOUT_RIGHTS }),
    ...submission.map((port) => simple('submission', { address, port, fallbackPort: null })),
    ...submissions.map((port) => simple('submissions', { address, port, fallbackPort: null })),
  ]
}

const SIMPLE_PORTS = ['smtp_server.default_port', 'PORT', 'posthaste.smtp_submission_ports', 'posthaste.smtp_submissions_ports'] as const

const simple = (kind: SmtpListenerKind, place: ListenAddress & { readonly fallbackPort: number | null }): SmtpListener => ({
  ...place,
  kind,
  ipv6Only: false,
  changes: {},
})

/** One listener for each address of the entry. */
function described(entry: ListenerEntry, all: { readonly address: string; readonly entries: readonly ListenerEntry[] }): SmtpListener[] {
  const addressesOf = ({ addresses }: ListenerEntry): readonly string[] => addresses ?? [all.address]
  const samePort = all.entries.filter(({ port }) => port === entry.port).flatMap(addressesOf)
  return addressesOf(entry).map((address) => ({
    kind: entry.kind,
    address,
    port: entry.port,
    fallbackPort: null,
    ipv6Only: address === '::' && samePort.some((other) => !other.includes(':')),
    changes: changesOf(entry),
  }))
}

const changesOf = (entry: ListenerEntry): ListenerChanges => ({
  hostname: entry.hostname,
  requireTls: entry.require_tls,
  cramMd5: entry.cram_md5,
  bareLineEndings: entry.bare_line_endings,
  earlyTalkerWaitMs: entry.early_talker_wait_ms,
  maxMessageBytes: entry.max_message_size && entry.max_message_size * MIB,
  connectionsMax: entry.connections_max,
  perAddressMax: entry.connections_per_address_max,
  perNetworkMax: entry.connections_per_network_max,
  recipientsMax: entry.recipients_max,
  messagesMax: entry.messages_max,
  idleMs: entry.idle_seconds && entry.idle_seconds * 1_000,
})

function needTls({ get, spelled, mistakes }: Reader, entries: readonly ListenerEntry[]): void {
  if (get('smtp_server.tls_enabled')) return
  const advice = 'needs TLS; set smtp_server.tls_enabled (SMTP_SERVER_TLS_ENABLED) to true.'
  if (get('posthaste.smtp_submissions_ports').length > 0) mistakes.push(`${spelled('posthaste.smtp_submissions_ports')} ${advice}`)
  if (get('posthaste.smtp_certificates').length > 0) mistakes.push(`${spelled('posthaste.smtp_certificates')} ${advice}`)
  entries.forEach(({ kind, require_tls }, n) => {
    const key = `${spelled('posthaste.smtp_listeners')}[${n}]`
    if (kind === 'submissions') mistakes.push(`${key}.kind ${advice}`)
    else if (require_tls) mistakes.push(`${key}.require_tls ${advice}`)
  })
}

function toTls(reader: Reader): SmtpTls | null {
  const { get, spelled, expand } = reader
  if (!get('smtp_server.tls_enabled')) return null
  for (const name of ['smtp_server.tls_certificate_path', 'smtp_server.tls_private_key_path'] as const)
    needFile(reader, spelled(name), { path: get(name), otherwise: ' or set smtp_server.tls_enabled to false' })
  const byHostname = new Map<string, KeyPaths>()
  get('posthaste.smtp_certificates').forEach(({ hostnames, certificate_path, private_key_path }, n) => {
    const key = `${spelled('posthaste.smtp_certificates')}[${n}]`
    const paths = { certificatePath: expand(certificate_path), keyPath: expand(private_key_path) }
    needFile(reader, `${key}.certificate_path`, { path: paths.certificatePath, otherwise: '' })
    needFile(reader, `${key}.private_key_path`, { path: paths.keyPath, otherwise: '' })
    for (const hostname of hostnames) byHostname.set(hostname, paths)
  })
  return {
    certificatePath: get('smtp_server.tls_certificate_path'),
    keyPath: get('smtp_server.tls_private_key_path'),
    ciphers: get('smtp_server.tls_ciphers'),
    byHostname,
  }
}

function needFile({ exists, mistakes }: Reader, key: string, { path, otherwise }: { readonly path: string; readonly otherwise: string }) {
  if (!exists(path)) mistakes.push(`${key} names ${path}, which is not there; put the PEM file there${otherwise}.`)
}
