/** `start`: all roles on one machine, each a process of its own, and a private database when none is configured. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { ROLES, type Role } from '../config/groups/roles.ts'
import { environmentFor } from '../config/load.ts'
import type { Secrets } from '../config/secrets.ts'
import type { Address } from '../store/database.ts'
import { migrate } from '../store/migrate.ts'
import { startPrivateServer } from '../store/private-server.ts'
import { databaseOptions, type Running } from './core.ts'

export type SuperviseOptions = {
  readonly config: Config
  readonly secrets: Secrets
  readonly clock: () => Date
  /** The command that starts a role, without the role. */
  readonly program: readonly string[]
}

const RESTART_FIRST_MS = 500
const RESTART_MAX_MS = 30_000
/** A role that lived this long may be restarted at once again. */
const STEADY_MS = 60_000
/** The private server has no network, and its folder is its owner's: root without a password is safe there. */
const PRIVATE_USER = 'root'
const PRIVATE_DATABASE = 'posthaste'

export async function supervise({ config, secrets, clock, program }: SuperviseOptions): Promise<Running> {
  const database = config.database ? undefined : await startPrivateServer({ directory: join(config.dataDir, 'database') })
  const children = ROLES.map(
    (role) => new Child(role, program, { ...ownAddresses(role), ...(database ? privateAccess(database.socketPath) : {}) }),
  )
  const stop = async (deadlineMs: number): Promise<void> => {
    await Promise.all(children.map((child) => child.stop(deadlineMs)))
    await database?.stop()
  }
  try {
    const address = database && { socketPath: database.socketPath }
    await migrate(address ? privateOptions(address) : databaseOptions(config, secrets), clock())
    for (const child of children) child.start()
  } catch (fault) {
    await stop(0)
    throw fault
  }
  return { stop }
}

const privateOptions = (address: Address) => ({ address, user: PRIVATE_USER, database: PRIVATE_DATABASE, connectionsMax: 1 })

const privateAccess = (socketPath: string): Readonly<Record<string, string>> => ({
  POSTHASTE_DATABASE_SOCKET_PATH: socketPath,
  MAIN_DB_USERNAME: PRIVATE_USER,
  MAIN_DB_DATABASE: PRIVATE_DATABASE,
  SILENCE_POSTAL_CONFIG_MESSAGES: 'true',
})

/** These variables mean one listener; with `start` they are those of the web role, and health ports have settings of their own. */
function ownAddresses(role: Role): Record<string, undefined> {
  const health = { HEALTH_SERVER_PORT: undefined, HEALTH_SERVER_BIND_ADDRESS: undefined }
  return role === 'web' ? health : { ...health, PORT: undefined, BIND_ADDRESS: undefined }
}

type Environment = Readonly<Record<string, string | undefined>>

/** A role's process: started again when it dies, with a growing wait. */
class Child {
  readonly #role: Role
  readonly #program: readonly string[]
  readonly #environment: Environment
  #process: ChildProcess | undefined
  #waiting: NodeJS.Timeout | undefined
  #waitMs = RESTART_FIRST_MS
  #stopping = false

  constructor(role: Role, program: readonly string[], environment: Environment) {
    this.#role = role
    this.#program = program
    this.#environment = environment
  }

  start(): void {
    const [command = '', ...args] = this.#program
    const startedAt = performance.now()
    // The channel lets a role notice that its supervisor is gone, however it went.
    const child = spawn(command, [...args, this.#role], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: environmentFor(this.#environment),
    })
    this.#process = child
    child.once('exit', (code, signal) => {
      this.#process = undefined
      if (this.#stopping) return
      process.stderr.write(`${this.#role} ended (${signal ?? code}); starting it again in ${this.#waitMs} ms\n`)
      this.#restart(performance.now() - startedAt)
    })
    child.once('error', (fault) => process.stderr.write(`${this.#role} could not be started: ${fault.message}\n`))
  }

  /** Ends the process, kindly first. Resolves when it is gone. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#waiting)
    const child = this.#process
    if (!child) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    const killing = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    await gone
    clearTimeout(killing)
  }

  #restart(livedMs: number): void {
    this.#waitMs = livedMs > STEADY_MS ? RESTART_FIRST_MS : Math.min(this.#waitMs * 2, RESTART_MAX_MS)
    this.#waiting = setTimeout(() => this.start(), this.#waitMs)
  }
}
