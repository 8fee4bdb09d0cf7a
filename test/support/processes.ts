/** Child processes for tests and the demonstration: logs are kept, readiness is waited for, and none outlives its test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { until } from './until.ts'

export type RunningProcess = AsyncDisposable & {
  readonly pid: number
  /** What it has written to stdout and stderr lately, by lines. */
  readonly log: readonly string[]
  /** The first line that matches, waiting for it. Fails at once, with the last lines, when the process ends before. */
  readonly line: (pattern: RegExp, timeoutMs?: number) => Promise<RegExpMatchArray>
  /** Until a TCP port takes connections. */
  readonly port: (port: number, timeoutMs?: number) => Promise<void>
  readonly signal: (signal: NodeJS.Signals) => void
  /** How it ended, waiting for it. */
  readonly ended: (timeoutMs?: number) => Promise<Ending>
  /** SIGTERM, and SIGKILL for what is left after a while; the whole process group. */
  readonly stop: (timeoutMs?: number) => Promise<Ending>
  /** SIGKILL, as a crash would. */
  readonly kill: () => Promise<Ending>
}

export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export type ProcessOptions = {
  readonly name?: string
  readonly cwd?: string
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly onLine?: (line: string) => void
}

const READY_MS = 20_000
const STOP_MS = 10_000
const LINES_SHOWN = 15
/** A program may run for days. */
const LINES_KEPT = 5_000

/** Process groups to take along when this process ends, however its tests went. */
const groups = new Set<number>()

export async function startProcess(command: string, args: readonly string[], options: ProcessOptions = {}): Promise<RunningProcess> {
  const { name = command, cwd, env } = options
  // A group of its own, so that the children of shells and package managers end with it.
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd ? { cwd } : {}),
  })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  remember(pid)
  const log = capture(child, options.onLine)
  const ending = endOf(child)
  const describe = (what: string) => () => [`${what} of ${name}`, ...log.slice(-LINES_SHOWN)].join('\n    ')
  const whileRunning = <T>(condition: () => T | Promise<T>, what: string, timeoutMs: number) =>
    until(
      async () => {
        const answer = await condition()
        if (answer || !ending.known()) return answer
        throw new Error(`${name} has ended; there will be no ${describe(what)()}`)
      },
      { what: describe(what), timeoutMs },
    )
  const ended = (timeoutMs = STOP_MS) => until(ending.known, { what: describe('the end'), timeoutMs })
  const kill = async () => {
    signalGroup(pid, 'SIGKILL')
    return ended()
  }
  const stop = async (timeoutMs = STOP_MS) => {
    if (!ending.known()) signalGroup(pid, 'SIGTERM')
    const result = await ended(timeoutMs).catch(kill)
    signalGroup(pid, 'SIGKILL') // whoever of the group has stayed
    groups.delete(pid)
    return result
  }
  return {
    pid,
    log,
    line: (pattern, timeoutMs = READY_MS) => whileRunning(() => firstMatch(log, pattern), `a line ${pattern}`, timeoutMs),
    port: async (port, timeoutMs = READY_MS) => void (await whileRunning(() => accepts(port), `port ${port}`, timeoutMs)),
    signal: (signal) => void child.kill(signal),
    ended,
    stop,
    kill,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

function remember(pid: number): void {
  if (groups.size === 0) process.once('exit', endAll)
  groups.add(pid)
}

function endAll(): void {
  for (const pid of groups) signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error // nobody left is what we want
  }
}

function capture(child: ChildProcess, onLine: ProcessOptions['onLine']): string[] {
  const log: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      log.push(line)
      if (log.length > LINES_KEPT) log.shift()
      onLine?.(line)
    })
  }
  return log
}

/** Ended means: gone, and all it wrote has been read. */
function endOf(child: ChildProcess): { known: () => Ending | undefined } {
  let ending: Ending | undefined
  child.once('close', (code, signal) => {
    ending = { code, signal }
  })
  return { known: () => ending }
}

function firstMatch(log: readonly string[], pattern: RegExp): RegExpMatchArray | undefined {
  for (const line of log) {
    const match = line.match(pattern)
    if (match) return match
  }
  return undefined
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (answer: boolean) => {
      socket.destroy()
      done(answer)
    }
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
  })
}
