/** The web role in this process, composed as in production, on a database of its own and a real socket. */
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { type Core, withCore } from '@posthaste/core/compose/core.ts'
import { startWeb } from '@posthaste/core/compose/web.ts'
import { loadConfig } from '@posthaste/core/config/load.ts'
import { createVault, type Vault } from '@posthaste/core/domain/vault.ts'
import { type Database, openDatabase } from '@posthaste/core/store/database.ts'
import { migrate } from '@posthaste/core/store/migrate.ts'
import { createTestDatabase, type TestDatabase, unusedDatabase } from './database.ts'

export type TestWeb = AsyncDisposable & {
  readonly url: string
  readonly port: number
  readonly db: Database
  readonly vault: Vault
  /** The role's own parts. */
  readonly core: Core
}

export type TestWebOptions = {
  /** Variables of the environment, over the ones that point to the test database. */
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: () => Date
  /** The socket of a server of one's own, for tests that end it. */
  readonly mariadb?: string
}

export async function startTestWeb({ env = {}, clock = () => new Date(), mariadb }: TestWebOptions = {}): Promise<TestWeb> {
  const database = mariadb === undefined ? await createTestDatabase() : await migrated(mariadb)
  const masterKey = randomBytes(32)
  const { socketPath } = database.options.address
  const loaded = await loadConfig('web', {
    cwd: tmpdir(),
    env: {
      POSTHASTE_DATABASE_SOCKET_PATH: socketPath,
      MAIN_DB_USERNAME: database.options.user,
      MAIN_DB_DATABASE: database.options.database,
      POSTHASTE_MASTER_KEY: masterKey.toString('base64'),
      POSTHASTE_LOG_LEVEL: 'silent',
      POSTAL_WEB_HOSTNAME: 'postal.test',
      POSTHASTE_DNS_RESOLVERS: '127.0.0.1:1', // nobody answers there
      ...env,
    },
  })
  if (!loaded.ok) throw new Error(loaded.mistakes.join('\n'))
  const config = { ...loaded.config, web: { ...loaded.config.web, port: 0 } }
  const surroundings = { clock, random: Math.random, onLost: () => undefined }
  const opened = Promise.withResolvers<{ core: Core; port: number }>()
  const running = await withCore('web', { ...loaded, config }, surroundings, async (core) => {
    const web = await startWeb(core)
    opened.resolve({ core, port: web.port })
    return web
  })
  const { core, port } = await opened.promise
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    db: database.db,
    vault: createVault(masterKey),
    core,
    [Symbol.asyncDispose]: async () => {
      await running.stop(5_000)
      await database[Symbol.asyncDispose]()
    },
  }
}

async function migrated(socketPath: string): Promise<TestDatabase> {
  const options = { ...unusedDatabase(), address: { socketPath } }
  await migrate(options, new Date())
  const db = openDatabase(options)
  return { db, options, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() }
}
