/** The SMTP server on real parts: a database, every kind of listener, and two customers behind it. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { createVault, type Vault } from '@posthaste/core/domain/vault.ts'
import { createIntake } from '@posthaste/core/intake/accept.ts'
import { createLogger } from '@posthaste/core/observe/logger.ts'
import { createMailLog } from '@posthaste/core/observe/mail-log.ts'
import { createMetrics, type Metrics } from '@posthaste/core/observe/metrics.ts'
import type { ListenerKind, PolicyChanges } from '@posthaste/core/smtp/policy.ts'
import type { Deps } from '@posthaste/core/smtp/server.ts'
import { createSmtpServer, type SmtpServer, type SmtpSettings } from '@posthaste/core/smtp/server.ts'
import { createDirectory } from '@posthaste/core/store/directory.ts'
import { makeCertificate } from '../support/certificate.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { HOSTNAME, settingsFor } from './front-door-settings.ts'
import { addTenant, newIds, type Tenant } from './tenant.ts'

export { HOSTNAME } from './front-door-settings.ts'

export type FrontDoor = AsyncDisposable & {
  readonly ports: Readonly<Record<ListenerKind, number>>
  readonly server: SmtpServer
  readonly database: TestDatabase
  readonly vault: Vault
  readonly metrics: Metrics
  /** Parsed lines of the log. */
  readonly lines: Record<string, unknown>[]
  readonly shop: Tenant
  readonly suspended: Tenant
  readonly certificate: { readonly certificatePath: string; readonly keyPath: string; readonly cert: string }
}

export type FrontDoorOptions = {
  readonly policy?: PolicyChanges
  readonly settings?: Partial<SmtpSettings>
  readonly deps?: Partial<Deps>
  readonly shop?: Parameters<typeof addTenant>[2]
}

const vault = createVault(Buffer.alloc(32, 7))

export async function openFrontDoor({ policy = {}, settings = {}, deps = {}, shop = {} }: FrontDoorOptions = {}): Promise<FrontDoor> {
  const database = await createTestDatabase()
  const world = { db: database.db, vault, newId: newIds() }
  const tenants = {
    shop: await addTenant(world, 'shop', shop),
    suspended: await addTenant(world, 'gone', { mailServer: { suspendedAt: new Date() } }),
  }
  const folder = await mkdtemp(join(tmpdir(), 'front-door-'))
  const certificate = await writeCertificate(folder)
  const lines: Record<string, unknown>[] = []
  const metrics = createMetrics()
  const parts = { ...partsOf(database, lines, metrics), ...deps }
  const server = createSmtpServer(parts, { ...settingsFor(certificate, policy), ...settings })
  const bound = await server.listen()
  return {
    ...{ server, database, vault, metrics, lines, certificate, ...tenants },
    ports: Object.fromEntries(bound.map(({ kind, port }) => [kind, port])) as FrontDoor['ports'], // one listener of each kind
    [Symbol.asyncDispose]: async () => {
      await server.close(500)
      metrics.registry.clear()
      await database[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

function partsOf(database: TestDatabase, lines: Record<string, unknown>[], metrics: Metrics): Deps {
  const clock = () => new Date()
  const log = createLogger({ level: 'debug', role: 'smtp', clock, to: collector(lines) })
  return {
    db: database.db,
    directory: createDirectory(database.db, clock, 0),
    intake: createIntake({ db: database.db, node: 1, newId: newIds(), clock, randomBytes }),
    vault,
    dns: { ptr: async () => ({ kind: 'found', records: ['client.test'] }) },
    log,
    mailLog: createMailLog(log),
    metrics,
    clock,
    randomBytes,
    wait: (ms, signal) => wait(Math.min(ms, 20_000), undefined, { signal }),
  }
}

const collector = (lines: Record<string, unknown>[]) =>
  new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      for (const line of chunk.toString().split('\n').filter(Boolean)) lines.push(JSON.parse(line))
      done()
    },
  })

async function writeCertificate(folder: string): Promise<FrontDoor['certificate']> {
  const { cert, key } = await makeCertificate({ names: [HOSTNAME, 'localhost', '127.0.0.1'] })
  const paths = { certificatePath: join(folder, 'cert.pem'), keyPath: join(folder, 'key.pem') }
  await writeFile(paths.certificatePath, cert)
  await writeFile(paths.keyPath, key)
  return { ...paths, cert }
}
