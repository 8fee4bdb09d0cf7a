/** Opens what commands stand on: the configured database or the private one, with a lease for new ids, acting as the command line. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Env } from '../config/env.ts'
import { loadConfig } from '../config/load.ts'
import { resolverAddresses } from '../config/resolvers.ts'
import type { Secrets } from '../config/secrets.ts'
import { AppError } from '../domain/errors.ts'
import { createIds } from '../domain/ids.ts'
import { createVault } from '../domain/vault.ts'
import type { Manage } from '../manage/context.ts'
import { type InstallationKeys, openInstallationKeys } from '../manage/keys.ts'
import { createDns } from '../net/dns.ts'
import { type Database, type DatabaseOptions, openDatabase } from '../store/database.ts'
import { isAway } from '../store/faults.ts'
import { acquireLease, type Lease, releaseLease, renewLease } from '../store/leases.ts'
import { migrate } from '../store/migrate.ts'
import { openPrivateDatabase } from './private-database.ts'

export type Cli = AsyncDisposable & {
  readonly manage: Manage
  readonly config: Config
  readonly node: number
  readonly keys: () => Promise<InstallationKeys>
}

export type CliSurroundings = {
  readonly clock: () => Date
  /** For notes and warnings, which are no part of the answer. */
  readonly tell: (line: string) => void
  readonly env?: Env
  readonly cwd?: string
}

const CONNECTIONS_MAX = 4
const RENEW_EVERY_MS = 5_000

/** @throws AppError `input.invalid` when the configuration has mistakes, `store.unavailable` when the database is away */
export async function openCli({ clock, tell, ...place }: CliSurroundings): Promise<Cli> {
  const loaded = await loadConfig('start', place)
  for (const line of [...loaded.notes, ...loaded.warnings]) tell(line)
  if (!loaded.ok)
    throw new AppError('input.invalid', `The configuration has mistakes:\n${loaded.mistakes.map((mistake) => `  ${mistake}`).join('\n')}`)
  const { config, secrets } = loaded

  await using opening = new AsyncDisposableStack()
  const options = await databaseOptions(config, secrets, opening)
  const { db, lease } = await connect(options, clock, opening)
  const manage = manageWith({ config, secrets, db, lease, clock })
  const open = opening.move()
  return { manage, config, node: lease.node, keys: () => keysOf(manage, config), [Symbol.asyncDispose]: () => open.disposeAsync() }
}

async function databaseOptions(config: Config, secrets: Secrets, opening: AsyncDisposableStack): Promise<DatabaseOptions> {
  const { database } = config
  if (!database) return opening.use(await openPrivateDatabase(join(config.dataDir, 'database'))).options
  const address = 'socketPath' in database ? { socketPath: database.socketPath } : { host: database.host, port: database.port }
  const password = secrets.databasePassword?.reveal()
  return {
    address,
    user: database.user,
    database: database.name,
    connectionsMax: CONNECTIONS_MAX,
    ...(password === undefined ? {} : { password }),
  }
}

async function connect(
  options: DatabaseOptions,
  clock: () => Date,
  opening: AsyncDisposableStack,
): Promise<{ db: Database; lease: Lease }> {
  try {
    await migrate(options, clock())
    const db = opening.use(openDatabase(options))
    const lease = await acquireLease(db, { role: 'cli', name: `${hostname()}:${process.pid}` })
    opening.defer(() => releaseLease(db, lease))
    const renewal = setInterval(() => void renewLease(db, lease).catch(() => undefined), RENEW_EVERY_MS)
    opening.defer(() => clearInterval(renewal))
    return { db, lease }
  } catch (fault) {
    if (!isAway(fault)) throw fault
    throw new AppError('store.unavailable', 'The database cannot be reached; see that it runs and that main_db.* is right.', {
      cause: fault,
    })
  }
}

type Parts = {
  readonly config: Config
  readonly secrets: Secrets
  readonly db: Database
  readonly lease: Lease
  readonly clock: () => Date
}

const manageWith = ({ config, secrets, db, lease, clock }: Parts): Manage => ({
  db,
  vault: createVault(secrets.masterKey.reveal()),
  clock,
  newId: createIds({ node: lease.node, clock }),
  randomBytes,
  actor: { type: 'cli' },
  dnsNames: config.dns,
  newDns: () => createDns({ servers: resolverAddresses(config.dns), timeoutMs: config.dns.timeoutMs, clock }),
  newMailServer: config.newMailServer,
})

async function keysOf(manage: Manage, { signingKeyPath }: Config): Promise<InstallationKeys> {
  const signingKeyPem = signingKeyPath === null ? null : await readFile(signingKeyPath, 'utf8')
  return openInstallationKeys(manage, { signingKeyPem })
}
