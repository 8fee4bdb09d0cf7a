/** What each role listens on: web, SMTP and health addresses. */
import type { Reader } from '../reader.ts'

export const ROLES = ['web', 'smtp', 'worker'] as const
export type Role = (typeof ROLES)[number]
/** `start` runs all roles on one machine. */
export type StartedRole = Role | 'start'

export type ListenAddress = { readonly address: string; readonly port: number }

export type WebConfig = {
  readonly hostname: string
  /** Further names of the interface. */
  readonly otherHostnames: readonly string[]
  readonly protocol: 'http' | 'https'
  readonly bindAddress: string
  readonly port: number
  /** Addresses and networks, besides local ones, whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
}

/** `mx` is for everybody, `submission` for authenticated senders (RFC 6409), `submissions` the same inside TLS (RFC 8314 §3.3). */
export type SmtpListener = ListenAddress & {
  readonly kind: 'mx' | 'submission' | 'submissions'
  /** Taken when the port is not permitted; null when somebody chose the port. */
  readonly fallbackPort: number | null
}

export type SmtpTls = { readonly certificatePath: string; readonly keyPath: string; readonly ciphers: string | null }

export type SmtpConfig = {
  readonly hostname: string
  readonly listeners: readonly SmtpListener[]
  readonly tls: SmtpTls | null
  readonly maxMessageBytes: number
  readonly proxyProtocol: boolean
  readonly logConnections: boolean
  /** Client addresses whose dialogues are not logged. */
  readonly logExclusion: RegExp | null
  readonly earlyTalkerWaitMs: number
  readonly connectionsMax: number
}

export type HealthConfig = Readonly<Record<Role, ListenAddress>>

const PORT_WITHOUT_RIGHTS = 2525
const MIB = 1024 * 1024

export function toWeb({ get, given }: Reader, role: StartedRole): WebConfig {
  const chosen = role === 'web' || role === 'start'
  return {
    hostname: get('postal.web_hostname'),
    otherHostnames: get('posthaste.web_hostnames'),
    protocol: get('postal.web_protocol') ?? (given('postal.web_hostname') ? 'https' : 'http'),
    bindAddress: (chosen ? get('BIND_ADDRESS') : null) ?? get('web_server.default_bind_address'),
    port: (chosen ? get('PORT') : null) ?? get('web_server.default_port'),
    trustedProxies: get('postal.trusted_proxies'),
  }
}

export function toSmtp(reader: Reader, role: StartedRole): SmtpConfig {
  const { get } = reader
  return {
    hostname: get('postal.smtp_hostname') ?? get('postal.web_hostname'),
    listeners: toListeners(reader, role),
    tls: toTls(reader),
    maxMessageBytes: get('smtp_server.max_message_size') * MIB,
    proxyProtocol: get('smtp_server.proxy_protocol'),
    logConnections: get('smtp_server.log_connections'),
    logExclusion: get('smtp_server.log_ip_address_exclusion_matcher'),
    earlyTalkerWaitMs: get('posthaste.smtp_early_talker_wait_ms'),
    connectionsMax: get('posthaste.smtp_connections_max'),
  }
}

function toListeners({ get, given, spelled, mistakes }: Reader, role: StartedRole): SmtpListener[] {
  const own = role === 'smtp'
  const address = (own ? get('BIND_ADDRESS') : null) ?? get('smtp_server.default_bind_address')
  const port = (own ? get('PORT') : null) ?? get('smtp_server.default_port')
  const chosen = given('smtp_server.default_port') || (own && given('PORT'))
  const submissions = get('posthaste.smtp_submissions_ports')
  if (submissions.length > 0 && !get('smtp_server.tls_enabled'))
    mistakes.push(
      `${spelled('posthaste.smtp_submissions_ports')} needs TLS; set smtp_server.tls_enabled (SMTP_SERVER_TLS_ENABLED) to true.`,
    )

  return [
    { kind: 'mx', address, port, fallbackPort: chosen ? null : PORT_WITHOUT_RIGHTS },
    ...get('posthaste.smtp_submission_ports').map((port): SmtpListener => ({ kind: 'submission', address, port, fallbackPort: null })),
    ...submissions.map((port): SmtpListener => ({ kind: 'submissions', address, port, fallbackPort: null })),
  ]
}

function toTls({ get, spelled, exists, mistakes }: Reader): SmtpTls | null {
  if (!get('smtp_server.tls_enabled')) return null
  for (const name of ['smtp_server.tls_certificate_path', 'smtp_server.tls_private_key_path'] as const) {
    if (!exists(get(name)))
      mistakes.push(
        `${spelled(name)} names ${get(name)}, which is not there; put the PEM file there or set smtp_server.tls_enabled to false.`,
      )
  }
  return {
    certificatePath: get('smtp_server.tls_certificate_path'),
    keyPath: get('smtp_server.tls_private_key_path'),
    ciphers: get('smtp_server.tls_ciphers'),
  }
}

export function toHealth({ get, spelled, given, warnings }: Reader, role: StartedRole): HealthConfig {
  if (role === 'start' && given('HEALTH_SERVER_PORT'))
    warnings.push(`${spelled('HEALTH_SERVER_PORT')} names one port, but three roles start; each takes the port of its own setting.`)
  const own: ListenAddress = { address: get('worker.default_health_server_bind_address'), port: get('worker.default_health_server_port') }
  const health: HealthConfig = {
    web: { address: get('posthaste.web_health_bind_address'), port: get('posthaste.web_health_port') },
    smtp: { address: get('smtp_server.default_health_server_bind_address'), port: get('smtp_server.default_health_server_port') },
    worker: own,
  }
  if (role === 'start') return health
  const { address, port } = health[role]
  return { ...health, [role]: { address: get('HEALTH_SERVER_BIND_ADDRESS') ?? address, port: get('HEALTH_SERVER_PORT') ?? port } }
}
