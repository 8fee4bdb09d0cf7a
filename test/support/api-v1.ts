/** Tenants for tests of API v1, and a client that shows what came back. */
import { randomBytes } from 'node:crypto'
import { credentialKey } from '@posthaste/core/domain/token.ts'
import type { TestWeb } from './web.ts'

export type Tenant = { readonly organizationId: number; readonly mailServerId: number; readonly key: string; readonly credentialId: number }

export type TenantOptions = {
  readonly domain?: string
  readonly organizationDomain?: string
  readonly unverifiedDomain?: string
  readonly useForAny?: boolean
  readonly allowSender?: boolean
  readonly privacyMode?: boolean
  readonly suspended?: 'mail_server' | 'organization'
  readonly deleted?: boolean
  readonly credentialType?: 'api' | 'smtp'
  readonly callsPerMinute?: number
}

let made = 0

/** An organization with a mail server, a verified domain `shop{n}.test` unless named, and an API key. */
export async function addTenant({ db, vault }: Pick<TestWeb, 'db' | 'vault'>, options: TenantOptions = {}): Promise<Tenant> {
  made += 1
  const id = made
  const now = new Date()
  const key = credentialKey(randomBytes)
  const when = (yes: boolean | undefined) => (yes ? now : null)
  const run = (sql: string, values: unknown[]) => db.$client.query(sql, values)
  await run('INSERT INTO organizations (id, uuid, name, permalink, suspended_at, created_at) VALUES (?, ?, ?, ?, ?, ?)', [
    ...[id, `organization-${id}`, 'Acme', `acme-${id}`, when(options.suspended === 'organization'), now],
  ])
  await run(
    `INSERT INTO mail_servers (id, organization_id, uuid, name, permalink, token, allow_sender, privacy_mode, suspended_at, deleted_at, created_at)
     VALUES (?, ?, ?, 'Shop', ?, ?, ?, ?, ?, ?, ?)`,
    [
      ...[id, id, `mail-server-${id}`, `shop-${id}`, `token${id}`, options.allowSender ?? false, options.privacyMode ?? false],
      ...[when(options.suspended === 'mail_server'), when(options.deleted), now],
    ],
  )
  const addDomain = (domainId: number, name: string, { own = true, verified = true } = {}) =>
    run(
      `INSERT INTO domains (id, organization_id, mail_server_id, uuid, name, verification_token, verified_at, use_for_any, created_at)
       VALUES (?, ?, ?, ?, ?, 'token', ?, ?, ?)`,
      [domainId, id, own ? id : null, `domain-${domainId}`, name, when(verified), options.useForAny ?? false, now],
    )
  await addDomain(id * 10, options.domain ?? `shop${id}.test`)
  if (options.organizationDomain) await addDomain(id * 10 + 1, options.organizationDomain, { own: false })
  if (options.unverifiedDomain) await addDomain(id * 10 + 2, options.unverifiedDomain, { verified: false })
  await run(
    'INSERT INTO credentials (id, mail_server_id, uuid, type, name, key_hash, calls_per_minute, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [
      id,
      id,
      `credential-${id}`,
      options.credentialType ?? 'api',
      'Key',
      Buffer.from(vault.keyHash(key)),
      options.callsPerMinute ?? null,
      now,
    ],
  )
  return { organizationId: id, mailServerId: id, key, credentialId: id }
}

export type V1Answer = {
  readonly httpStatus: number
  readonly headers: Headers
  readonly status: string
  readonly time: unknown
  readonly flags: unknown
  // biome-ignore lint/suspicious/noExplicitAny: tests look wherever they want
  readonly data: any
}

export type V1Client = (action: string, parameters?: unknown, headers?: Readonly<Record<string, string>>) => Promise<V1Answer>

/** Calls in the JSON form, as most clients do. */
export function v1Client({ url }: Pick<TestWeb, 'url'>, key: string | undefined): V1Client {
  return (action, parameters, headers = {}) =>
    v1Fetch(`${url}/api/v1/${action}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(key === undefined ? {} : { 'X-Server-API-Key': key }), ...headers },
      ...(parameters === undefined ? {} : { body: typeof parameters === 'string' ? parameters : JSON.stringify(parameters) }),
    })
}

export async function v1Fetch(url: string, init: RequestInit): Promise<V1Answer> {
  const response = await fetch(url, init)
  const envelope = await response.json()
  return { ...envelope, httpStatus: response.status, headers: response.headers }
}
