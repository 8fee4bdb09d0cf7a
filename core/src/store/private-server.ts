/** Starts a MariaDB server of our own when no database is configured: this machine's `mariadbd`, a folder, a socket, no network. */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type PrivateServer = {
  readonly socketPath: string
  /** It ran already: somebody else started it, and should stop it. */
  readonly adopted: boolean
  readonly stop: () => Promise<void>
}

export type PrivateServerOptions = {
  /** Everything lives here: data, log, pid. */
  readonly directory: string
  /** False only for tests that do not test durability. */
  readonly durable?: boolean
  readonly bufferPoolMegabytes?: number
  readonly readyTimeoutMs?: number
}

/** A socket's path must stay below this (sockaddr_un). */
const SOCKET_PATH_MAX = 100
const STOP_TIMEOUT_MS = 30_000

/**
 * Starts the server, making its data folder first when there is none.
 * @throws Error with the command to type when MariaDB is not installed, or with the log's place when it does not come up.
 */
export async function startPrivateServer(options: PrivateServerOptions): Promise<PrivateServer> {
  const directory = resolve(options.directory)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const paths = {
    data: join(directory, 'data'),
    temporary: join(directory, 'temporary'), // a server that starts empties it, so that it must not be shared
    log: join(directory, 'mariadb.log'),
    config: join(directory, 'my.cnf'),
    socket: privateSocketPath(directory),
  }
  if (await answers(paths.socket)) return adopt(paths)
  await mkdir(paths.temporary, { recursive: true })
  await writeFile(paths.config, config(options, paths), { mode: 0o600 })
  if (!existsSync(join(paths.data, 'mysql'))) await install(paths)

  const server = spawn(program('mariadbd'), [`--defaults-file=${paths.config}`], { stdio: 'ignore', detached: true })
  const ended = new Promise<void>((done) => {
    server.once('exit', () => done())
    server.once('error', () => done())
  })
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGTERM')
    const killing = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(killing)
  }
  await ready(paths, server, options.readyTimeoutMs ?? 60_000).catch(async (fault: unknown) => {
    await stop()
    throw fault
  })
  return { socketPath: paths.socket, adopted: false, stop }
}

/** A server that outlived its starter is used, not started twice. */
async function adopt(paths: Paths): Promise<PrivateServer> {
  const pid = Number(await readFile(join(paths.data, 'mariadbd.pid'), 'utf8'))
  const stop = async () => {
    process.kill(pid, 'SIGTERM')
    for (const end = performance.now() + STOP_TIMEOUT_MS; performance.now() < end && alive(pid); ) await wait(50)
  }
  return { socketPath: paths.socket, adopted: true, stop }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

type Paths = { readonly data: string; readonly temporary: string; readonly log: string; readonly config: string; readonly socket: string }

/** Where the server of a folder listens, whether it runs or not. */
export function privateSocketPath(directory: string): string {
  const beside = join(directory, 'mariadb.sock')
  if (beside.length <= SOCKET_PATH_MAX) return beside
  return join(tmpdir(), `posthaste-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}.sock`)
}

const config = ({ durable = true, bufferPoolMegabytes = 256 }: PrivateServerOptions, paths: Paths): string => `[mariadbd]
datadir=${paths.data}
tmpdir=${paths.temporary}
socket=${paths.socket}
pid-file=${paths.data}/mariadbd.pid
log-error=${paths.log}
${userInfo().uid === 0 ? 'user=root\n' : ''}skip-networking
skip-name-resolve
character-set-server=utf8mb4
collation-server=utf8mb4_unicode_ci
max_allowed_packet=256M
max_connections=300
max_prepared_stmt_count=100000
innodb_buffer_pool_size=${bufferPoolMegabytes}M
innodb_log_file_size=${durable ? 256 : 32}M
innodb_flush_log_at_trx_commit=${durable ? 1 : 0}
innodb_flush_method=${durable ? 'O_DIRECT' : 'fsync'}
innodb_rollback_on_timeout=ON
innodb_lock_wait_timeout=10
performance_schema=OFF
`

async function install(paths: Paths): Promise<void> {
  await rm(paths.data, { recursive: true, force: true }) // what an interrupted start left
  await run(program('mariadb-install-db'), [
    '--no-defaults',
    ...(userInfo().uid === 0 ? ['--user=root'] : []),
    `--datadir=${paths.data}`,
    `--tmpdir=${paths.temporary}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
  ])
}

/** Where Debian, others and Homebrew put servers; users often do not have these in their PATH. */
const FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/usr/libexec', '/opt/homebrew/bin']

function program(name: string): string {
  const found = FOLDERS.map((folder) => join(folder, name)).find(executable)
  if (!found) throw new Error(`${name} is not installed: apt-get install --no-install-recommends mariadb-server, or configure a database`)
  return found
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function ready(paths: Paths, server: { exitCode: number | null }, timeoutMs: number): Promise<void> {
  for (const end = performance.now() + timeoutMs; performance.now() < end; await wait(20)) {
    if (server.exitCode !== null) break
    if (await answers(paths.socket)) return
  }
  throw new Error(`MariaDB did not come up (see ${paths.log}): ${await lastLines(paths.log)}`)
}

/** A server that accepts and greets is ready; one that only listens is not. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(socketPath)
    const finish = (answer: boolean) => {
      socket.destroy()
      done(answer)
    }
    socket.once('data', () => finish(true))
    socket.once('error', () => finish(false))
    socket.setTimeout(1_000, () => finish(false))
  })
}

async function lastLines(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-3).join(' | ')
}
