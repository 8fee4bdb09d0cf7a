/** A program that the demonstration runs, with its output in a log file, and gone when we are. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'

export type Child = AsyncDisposable & {
  readonly name: string
  readonly logPath: string
  /** Rejects when the program ends; used to notice while waiting for something else. */
  readonly ended: Promise<never>
}

export type ChildOptions = {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logPath: string
}

const KILL_AFTER_MS = 35_000

export function startChild({ name, command: [program, ...args], env, cwd, logPath }: ChildOptions): Child {
  const log = createWriteStream(logPath, { flags: 'a' })
  // A group of its own, so that Ctrl-C reaches it only through us and all it started goes with it.
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  const exit = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? code}`))
    child.once('error', (fault) => resolve(`could not be started: ${fault.message}`))
  })
  const ended = exit.then((how): never => {
    throw new Error(`${name} ${how}; its log is ${logPath}`)
  })
  ended.catch(() => undefined)
  return { name, logPath, ended, [Symbol.asyncDispose]: () => stop(child, exit, log) }
}

async function stop(child: ChildProcess, exit: Promise<string>, log: WriteStream): Promise<void> {
  signal(child, 'SIGTERM')
  const killing = setTimeout(() => signal(child, 'SIGKILL'), KILL_AFTER_MS)
  await exit
  clearTimeout(killing)
  signal(child, 'SIGKILL') // whatever of its group is left
  log.end()
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(name === 'SIGTERM' ? child.pid : -child.pid, name)
  } catch {
    // It has ended.
  }
}
