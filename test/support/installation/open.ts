/** An installation for benches and journeys: durable private database, real roles, a domain with keys and tracking, and a sender known by its address. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manage } from '@posthaste/core/manage/context.ts'
import { createCredential } from '@posthaste/core/manage/credentials.ts'
import { checkDomain } from '@posthaste/core/manage/domain-check.ts'
import { domainRecords } from '@posthaste/core/manage/domain-records.ts'
import { addDomain } from '@posthaste/core/manage/domains.ts'
import { createMailServer } from '@posthaste/core/manage/mail-servers.ts'
import { createOrganization } from '@posthaste/core/manage/organizations.ts'
import { createTrackingDomain } from '@posthaste/core/manage/tracking-domains.ts'
import type { Database } from '@posthaste/core/store/database.ts'
import { migrate } from '@posthaste/core/store/migrate.ts'
import { startPrivateServer } from '@posthaste/core/store/private-server.ts'
import { type DnsServer, startDnsServer } from '../dns-server.ts'
import type { RunningProcess } from '../processes.ts'
import { coreEnvironment } from './core.ts'
import { openManage } from './manage.ts'
import { anyPorts, type Ports } from './ports.ts'
import { startProgram } from './program.ts'
import { writeCertificate } from './tls-files.ts'
import { baseZone, SENDER_DOMAIN, senderZone } from './zone.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export type Role = 'web' | 'smtp' | 'worker'

export type Installation = AsyncDisposable & {
  readonly db: Database
  readonly ports: Ports
  readonly dns: DnsServer
  /** For the time before roles start: its lease is not renewed. */
  readonly manage: Manage
  readonly mailServerId: number
  readonly domainId: number
  readonly apiKey: string
  readonly stopDatabase: () => Promise<void>
  readonly startDatabase: () => Promise<void>
  /** A second process of a role needs a health port of its own in `env`. */
  readonly start: (role: Role, env?: Environment) => Promise<RunningProcess>
  readonly queued: () => Promise<number>
}

type Environment = Readonly<Record<string, string>>

const HEALTH_PORTS = {
  web: 'POSTHASTE_WEB_HEALTH_PORT',
  smtp: 'SMTP_SERVER_DEFAULT_HEALTH_SERVER_PORT',
  worker: 'WORKER_DEFAULT_HEALTH_SERVER_PORT',
} as const

export async function openInstallation({ env: extra = {} }: { readonly env?: Environment } = {}): Promise<Installation> {
  const parts = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'posthaste-bench-'))
  parts.defer(() => rm(dataDir, { recursive: true, force: true }))
  await mkdir(join(dataDir, 'logs'))
  const ports = await anyPorts()
  const dns = parts.use(await startDnsServer({ zone: baseZone, port: ports.dns }))
  const env = { ...coreEnvironment({ dataDir, ports, tls: await writeCertificate(dataDir) }), POSTHASTE_LOG_LEVEL: 'warn', ...extra }
  const directory = join(dataDir, 'posthaste', 'database')
  let server = await startPrivateServer({ directory })
  parts.defer(() => server.stop())
  await migrate({ address: { socketPath: server.socketPath }, user: 'root', database: 'posthaste', connectionsMax: 1 }, new Date())

  const { manage, db } = parts.use(await openManage(env))
  const organization = await createOrganization(manage, { name: 'Acme' })
  const { id: mailServerId } = await createMailServer(manage, { organizationId: organization.id, name: 'Shop' })
  const domain = await addDomain(manage, { organizationId: organization.id, mailServerId, name: SENDER_DOMAIN, verified: true })
  dns.set(senderZone((await domainRecords(manage, { id: domain.id })).filter((record) => record.purpose === 'dkim')))
  await checkDomain(manage, { id: domain.id })
  await createTrackingDomain(manage, { mailServerId, domainId: domain.id, name: 'click', tls: false, port: ports.edge })
  await createCredential(manage, { mailServerId, type: 'smtp_ip', name: 'load generator', network: '127.0.0.1' })
  const api = await createCredential(manage, { mailServerId, type: 'api', name: 'load generator' })

  const roleEnv = { ...env, POSTHASTE_DATABASE_SOCKET_PATH: server.socketPath, MAIN_DB_USERNAME: 'root', MAIN_DB_DATABASE: 'posthaste' }
  return {
    db,
    ports,
    dns,
    manage,
    mailServerId,
    domainId: domain.id,
    apiKey: api.key ?? '',
    stopDatabase: () => server.stop(),
    startDatabase: async () => {
      server = await startPrivateServer({ directory })
    },
    start: async (role, own = {}) => parts.use(await startRole(role, { dataDir, env: { ...roleEnv, ...own } })),
    queued: async () => {
      const [rows] = await db.$client.query('SELECT COUNT(*) AS queued FROM queue_entries')
      return (rows as unknown as { queued: number }[])[0]?.queued ?? 0 // as selected
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

function startRole(role: Role, { dataDir, env }: { dataDir: string; env: Environment }): Promise<RunningProcess> {
  return startProgram({
    name: role,
    command: [process.execPath, join(ROOT, 'core/dist/main.js'), role],
    env,
    cwd: dataDir,
    logPath: join(dataDir, 'logs', `${role}.log`),
    healthUrls: [`http://127.0.0.1:${env[HEALTH_PORTS[role]]}/health`],
  })
}
