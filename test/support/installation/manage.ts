/** The verbs' context for an installation on this machine: its database by the private socket, its master key from its folder. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { loadConfig } from '@posthaste/core/config/load.ts'
import { createIds } from '@posthaste/core/domain/ids.ts'
import { createVault } from '@posthaste/core/domain/vault.ts'
import type { Manage } from '@posthaste/core/manage/context.ts'
import { openInstallationKeys } from '@posthaste/core/manage/keys.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { type Database, openDatabase } from '@posthaste/core/store/database.ts'
import { acquireLease, releaseLease } from '@posthaste/core/store/leases.ts'
import { privateSocketPath } from '@posthaste/core/store/private-server.ts'
import type { TrackingKeys } from '@posthaste/shared/tracking/keys.ts'

export type OpenManage = AsyncDisposable & { readonly manage: Manage; readonly db: Database; readonly trackingKeys: TrackingKeys }

/** `env` is what the core was started with. Only for the short time of making things: its lease is not renewed. */
export async function openManage(env: Readonly<Record<string, string>>): Promise<OpenManage> {
  const loaded = await loadConfig('start', { env })
  if (!loaded.ok) throw new Error(loaded.mistakes.join('\n'))
  const { config, secrets } = loaded
  const socketPath = privateSocketPath(join(config.dataDir, 'database'))
  const db = openDatabase({ address: { socketPath }, user: 'root', database: 'posthaste', connectionsMax: 4 })
  const lease = await acquireLease(db, { role: 'cli', name: `setup:${process.pid}` })
  const clock = () => new Date()
  const manage: Manage = {
    db,
    vault: createVault(secrets.masterKey.reveal()),
    clock,
    newId: createIds({ node: lease.node, clock }),
    randomBytes,
    actor: { type: 'cli' },
    dnsNames: config.dns,
    newDns: () => createDns({ servers: serversOf(config.dns.resolvers), timeoutMs: config.dns.timeoutMs, clock }),
    newMailServer: config.newMailServer,
  }
  const { tracking } = await openInstallationKeys(manage, { signingKeyPem: null })
  const close = async () => {
    await releaseLease(db, lease)
    await db[Symbol.asyncDispose]()
  }
  return { manage, db, trackingKeys: tracking, [Symbol.asyncDispose]: close }
}

const serversOf = (resolvers: { servers: readonly { host: string; port: number }[] } | { resolvConfPath: string }): string[] =>
  'servers' in resolvers ? resolvers.servers.map(({ host, port }) => `${host}:${port}`) : []
