/** What each role listens on: web and health addresses; SMTP has a file of its own. */
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

export type HealthConfig = Readonly<Record<Role, ListenAddress>>

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
