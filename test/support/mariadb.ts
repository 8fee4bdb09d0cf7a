/** A real MariaDB server in a short temporary folder, gone with its data when disposed of, even when an earlier run died. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { startPrivateServer } from '@posthaste/core/store/private-server.ts'
import { until } from './until.ts'

/** Not `os.tmpdir()`: a socket's path must be short, whatever TMPDIR says. */
const DISK = '/tmp'
/** Makes tables seven times faster than the disk does; of no use where durability is the subject. */
const MEMORY = '/dev/shm'
const MEMORY_FREE_MIN = 2 * 1024 ** 3
const PREFIX = 'posthaste-test-'

export type Mariadb = AsyncDisposable & {
  readonly socketPath: string
  readonly directory: string
  /** Power cut: SIGKILL, without a word to the server. */
  readonly kill: () => Promise<void>
  /** Up again on the same data, as after a power cut. */
  readonly restart: () => Promise<void>
}

/** @param durable true when the test is about what survives a power cut. */
export async function startMariadb({ durable = false } = {}): Promise<Mariadb> {
  for (const root of [DISK, MEMORY]) await sweep(root)
  const directory = join(durable ? DISK : await fastRoot(), `${PREFIX}${process.pid}-${randomBytes(4).toString('hex')}`)
  const start = () => startPrivateServer({ directory, durable, bufferPoolMegabytes: durable ? 128 : 192 })
  let server = await start()
  const pid = () => pidIn(directory)

  return {
    socketPath: server.socketPath,
    directory,
    kill: async () => {
      const victim = await pid()
      if (victim === undefined) return
      process.kill(victim, 'SIGKILL')
      await until(async () => (await pid()) === undefined, { what: 'MariaDB to die' })
    },
    restart: async () => {
      server = await start()
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function fastRoot(): Promise<string> {
  const memory = await statfs(MEMORY).catch(() => undefined)
  return memory && memory.bavail * memory.bsize >= MEMORY_FREE_MIN ? MEMORY : DISK
}

/** Ends servers whose test run was killed before it could stop them: their folders carry the number of a process that is gone. */
async function sweep(root: string): Promise<void> {
  const names = await readdir(root).catch(() => [])
  for (const folder of names.filter((name) => name.startsWith(PREFIX))) {
    const owner = Number(folder.slice(PREFIX.length).split('-')[0])
    if (!Number.isInteger(owner) || alive(owner)) continue
    const directory = join(root, folder)
    const pid = await pidIn(directory)
    if (pid !== undefined) end(pid)
    await rm(directory, { recursive: true, force: true })
  }
}

/** The server of this folder, if it runs: a pid file may be old, and its number another's by now. */
async function pidIn(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, 'data/mariadbd.pid'), 'utf8').catch(() => '')
  const pid = Number(text.trim())
  if (!pid || !alive(pid)) return undefined
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command.includes(directory) ? pid : undefined
}

/** Another run may have swept it a moment ago. */
function end(pid: number): void {
  if (alive(pid)) process.kill(pid, 'SIGKILL')
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
