/** What Posthaste leans on: the database, system mail, inspectors, OpenID Connect, log receivers. */
import type { Server } from '../kinds.ts'
import { bothSpellings, type Reader } from '../reader.ts'
import type { SettingName } from '../settings.ts'
import type { LOG_LEVELS } from '../settings-posthaste.ts'

type DatabaseAccess = { readonly user: string; readonly name: string; readonly poolSize: number }
export type DatabaseConfig = DatabaseAccess & (Server | { readonly socketPath: string })

/** Wait at start until another process has migrated the database. */
export type MigrationWaitConfig = { readonly attemptsMax: number; readonly everyMs: number }
/** What must answer before the process starts: `host:port` or a URL. */
export type WaitForConfig = { readonly targets: readonly string[]; readonly timeoutMs: number }

/** Where mails of the system go out: resets, limits. */
export type SystemMailConfig = Server & {
  readonly user: string | null
  readonly authentication: 'login' | 'plain' | 'cram_md5'
  readonly tls: 'required' | 'offered' | 'never'
  readonly verifyCertificate: boolean
  readonly fromName: string
  readonly fromAddress: string
}

export type RspamdConfig = Server & { readonly tls: boolean; readonly flags: string | null }

export type OidcEndpoints = { readonly authorization: string; readonly token: string; readonly userinfo: string; readonly jwks: string }
export type OidcConfig = {
  readonly name: string
  readonly issuer: string
  readonly identifier: string
  readonly scopes: readonly string[]
  readonly fields: { readonly uid: string; readonly email: string; readonly name: string }
  /** null: found by discovery. */
  readonly endpoints: OidcEndpoints | null
  readonly localAuthentication: boolean
  readonly requireVerifiedEmail: boolean
}

export type LoggingConfig = {
  readonly level: (typeof LOG_LEVELS)[number]
  readonly sentryDsn: string | null
  readonly gelf: (Server & { readonly facility: string }) | null
}

const DATABASE_NAMES = [
  'main_db.host',
  'main_db.port',
  'main_db.username',
  'main_db.password',
  'main_db.database',
  'main_db.pool_size',
] as const

export function toDatabase({ get, given }: Reader): DatabaseConfig | null {
  const socketPath = get('posthaste.database_socket_path')
  if (!socketPath && !DATABASE_NAMES.some(given)) return null
  const access = { user: get('main_db.username'), name: get('main_db.database'), poolSize: get('main_db.pool_size') }
  return socketPath ? { socketPath, ...access } : { host: get('main_db.host'), port: get('main_db.port'), ...access }
}

export function toMigrationWait({ get }: Reader): MigrationWaitConfig | null {
  if (!get('migration_waiter.enabled')) return null
  return { attemptsMax: get('migration_waiter.attempts'), everyMs: get('migration_waiter.sleep_time') * 1000 }
}

export function toWaitFor({ get, mistakes }: Reader): WaitForConfig | null {
  const targets = get('WAIT_FOR_TARGETS')
  const wrong = targets.filter((target) => !/^(https?:\/\/\S+|[^\s:/]+:\d{1,5}|\[[^\]]+\]:\d{1,5})$/.test(target))
  if (wrong.length > 0) mistakes.push(`WAIT_FOR_TARGETS must list host:port or http(s):// targets; it has ${wrong.join(' ')}.`)
  return targets.length > 0 ? { targets, timeoutMs: get('WAIT_FOR_TIMEOUT') * 1000 } : null
}

const SYSTEM_MAIL_NAMES = ['smtp.host', 'smtp.port', 'smtp.username', 'smtp.password'] as const

export function toSystemMail({ get, given }: Reader): SystemMailConfig | null {
  if (!SYSTEM_MAIL_NAMES.some(given)) return null
  return {
    host: get('smtp.host'),
    port: get('smtp.port'),
    user: get('smtp.username'),
    authentication: get('smtp.authentication_type'),
    tls: get('smtp.enable_starttls') ? 'required' : get('smtp.enable_starttls_auto') ? 'offered' : 'never',
    verifyCertificate: get('smtp.openssl_verify_mode') !== 'none',
    fromName: get('smtp.from_name'),
    fromAddress: get('smtp.from_address'),
  }
}

export function toRspamd({ get }: Reader): RspamdConfig | null {
  if (!get('rspamd.enabled')) return null
  return { host: get('rspamd.host'), port: get('rspamd.port'), tls: get('rspamd.ssl'), flags: get('rspamd.flags') }
}

/** null while rspamd is on: only one of them judges spam. */
export function toSpamd({ get }: Reader): Server | null {
  return get('spamd.enabled') && !get('rspamd.enabled') ? { host: get('spamd.host'), port: get('spamd.port') } : null
}

export function toClamav({ get }: Reader): Server | null {
  return get('clamav.enabled') ? { host: get('clamav.host'), port: get('clamav.port') } : null
}

export function toOidc(reader: Reader): OidcConfig | null {
  const { get } = reader
  if (!get('oidc.enabled')) return null
  requireFor(reader, 'oidc.enabled is true', ['oidc.issuer', 'oidc.identifier', 'oidc.secret'])
  return {
    name: get('oidc.name'),
    issuer: get('oidc.issuer') ?? '',
    identifier: get('oidc.identifier') ?? '',
    scopes: get('oidc.scopes'),
    fields: { uid: get('oidc.uid_field'), email: get('oidc.email_address_field'), name: get('oidc.name_field') },
    endpoints: toEndpoints(reader),
    localAuthentication: get('oidc.local_authentication_enabled'),
    requireVerifiedEmail: get('posthaste.oidc_require_verified_email'),
  }
}

function toEndpoints(reader: Reader): OidcEndpoints | null {
  const { get } = reader
  if (get('oidc.discovery')) return null
  requireFor(reader, 'oidc.discovery is false', [
    'oidc.authorization_endpoint',
    'oidc.token_endpoint',
    'oidc.userinfo_endpoint',
    'oidc.jwks_uri',
  ])
  return {
    authorization: get('oidc.authorization_endpoint') ?? '',
    token: get('oidc.token_endpoint') ?? '',
    userinfo: get('oidc.userinfo_endpoint') ?? '',
    jwks: get('oidc.jwks_uri') ?? '',
  }
}

function requireFor({ given, mistakes }: Reader, reason: string, names: readonly SettingName[]): void {
  for (const name of names) if (!given(name)) mistakes.push(`${bothSpellings(name)} must be set, because ${reason}.`)
}

export function toLogging({ get }: Reader): LoggingConfig {
  const host = get('gelf.host')
  return {
    level: get('logging.enabled') ? get('posthaste.log_level') : 'silent',
    sentryDsn: get('logging.sentry_dsn'),
    gelf: host ? { host, port: get('gelf.port'), facility: get('gelf.facility') } : null,
  }
}
