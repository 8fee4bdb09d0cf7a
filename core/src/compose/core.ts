/** Opens what every role stands on: database, lease, ids, vault, directory, log, metrics, health. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Config } from '../config/config.ts'
import type { Role } from '../config/groups/roles.ts'
import type { Secrets } from '../config/secrets.ts'
import { createIds, type NewId } from '../domain/ids.ts'
import { pooled } from '../domain/random-pool.ts'
import type { RandomBytes } from '../domain/token.ts'
import { createVault, type Vault } from '../domain/vault.ts'
import type { Backlog } from '../observe/backlog-metrics.ts'
import { startHealthServer } from '../observe/health.ts'
import { createLogger, type Logger } from '../observe/logger.ts'
import { createMailLog, type MailLog } from '../observe/mail-log.ts'
import { createMetrics, type Metrics } from '../observe/metrics.ts'
import { type Database, type DatabaseOptions, openDatabase } from '../store/database.ts'
import { createDirectory, type Directory } from '../store/directory.ts'
import { acquireLease, type Lease, releaseLease } from '../store/leases.ts'
import { summariseQueue } from '../store/queue.ts'
import { keepLease } from './lease.ts'

/** The real clock, dice and machine; only `main.ts` has them. */
export type Surroundings = {
  readonly clock: () => Date
  readonly random: () => number
  readonly onLost: (fault: Error) => void
}

export type Core = Surroundings & {
  readonly config: Config
  readonly secrets: Secrets
  readonly db: Database
  readonly lease: Lease
  readonly newId: NewId
  readonly randomBytes: RandomBytes
  readonly vault: Vault
  readonly directory: Directory
  readonly log: Logger
  readonly mailLog: MailLog
  readonly metrics: Metrics
  /** Aborted when the role is to stop. */
  readonly stopping: AbortSignal
}

/** A role that runs: `stop` drains it and resolves when it has left. */
export type Running = { readonly stop: (deadlineMs: number) => Promise<void> }

const HEALTH_CHECK_TIMEOUT_MS = 2_000

export function databaseOptions(config: Config, secrets: Secrets): DatabaseOptions {
  const { database } = config
  if (!database) throw new Error('no database is configured; `posthaste start` brings one along')
  const address = 'socketPath' in database ? { socketPath: database.socketPath } : { host: database.host, port: database.port }
  const password = secrets.databasePassword?.reveal()
  return {
    address,
    user: database.user,
    database: database.name,
    connectionsMax: Math.max(database.poolSize, CONNECTIONS_MIN),
    ...(password === undefined ? {} : { password }),
  }
}

/** Claims, ledger, heartbeat and look-ups run side by side. */
const CONNECTIONS_MIN = 10

/** Runs `start` on an open core, and closes all of it when the role has stopped. */
export async function withCore(
  role: Role,
  { config, secrets }: { config: Config; secrets: Secrets },
  surroundings: Surroundings,
  start: (core: Core) => Promise<Running>,
): Promise<Running> {
  const { clock } = surroundings
  const stopping = new AbortController()
  const db = openDatabase(databaseOptions(config, secrets))
  const lease = await acquireLease(db, { role, name: `${hostname()}:${process.pid}` })
  const log = createLogger({ level: config.logging.level, role, node: lease.node, clock })
  const kept = keepLease({ db, lease, log, onLost: surroundings.onLost })
  const metrics = createMetrics({ readBacklog: () => readBacklog(db, clock()) })
  const core: Core = {
    ...surroundings,
    config,
    secrets,
    db,
    lease,
    newId: kept.guard(createIds({ node: lease.node, clock })),
    randomBytes: pooled(randomBytes),
    vault: createVault(secrets.masterKey.reveal()),
    directory: createDirectory(db, clock),
    log,
    mailLog: createMailLog(log),
    metrics,
    stopping: stopping.signal,
  }
  const running = await start(core)
  const health = await startHealthServer({
    address: config.health[role].address,
    port: config.health[role].port,
    title: `${role} (pid: ${process.pid}, host: ${hostname()})`,
    checks: { database: () => db.$client.query('SELECT 1') },
    checkTimeoutMs: HEALTH_CHECK_TIMEOUT_MS,
    notReady: () => (stopping.signal.aborted ? 'draining' : null),
    registry: metrics.registry,
    log,
  })
  return {
    stop: async (deadlineMs) => {
      stopping.abort()
      await running.stop(deadlineMs)
      await health[Symbol.asyncDispose]()
      kept.stop()
      await releaseLease(db, lease).catch((fault: unknown) => log.warn({ event: 'lease.not_released', error: fault }, 'Lease not released'))
      await db[Symbol.asyncDispose]()
    },
  }
}

async function readBacklog(db: Database, now: Date): Promise<Backlog> {
  const { ready, claimed, oldestDueAt, webhooks } = await summariseQueue(db)
  const oldestDueSeconds = oldestDueAt ? Math.max(0, (now.getTime() - oldestDueAt.getTime()) / 1000) : 0
  return { queueDepth: { ready, claimed }, oldestDueSeconds, webhookBacklog: webhooks }
}
