/** Starts a role and stops it: `main.js web | smtp | worker | start`. The only place that knows the real clock, dice and process. */
import { type Core, databaseOptions, type Running, type Surroundings, withCore } from './compose/core.ts'
import { supervise } from './compose/supervisor.ts'
import { ROLES, type Role, type StartedRole } from './config/groups/roles.ts'
import { loadConfig } from './config/load.ts'
import { migrate } from './store/migrate.ts'

/** How long a role may take to drain before it is cut off. */
const STOP_DEADLINE_MS = 30_000
/** sysexits(3) */
const EXIT_USAGE = 64
const EXIT_CONFIG = 78
const EXIT_FAULT = 70

/** A role loads only what it needs. */
const STARTERS: Readonly<Record<Role, (core: Core) => Promise<Running>>> = {
  web: async (core) => (await import('./compose/web.ts')).startWeb(core),
  smtp: async (core) => (await import('./compose/smtp.ts')).startSmtp(core),
  worker: async (core) => (await import('./compose/worker.ts')).startWorker(core),
}

const clock = (): Date => new Date()

async function main([name]: readonly string[]): Promise<void> {
  const role = [...ROLES, 'start' as const].find((known) => known === name)
  if (!role) return leave(EXIT_USAGE, [`usage: main.js ${[...ROLES, 'start'].join(' | ')}`])

  const loaded = await loadConfig(role)
  for (const line of [...loaded.notes, ...loaded.warnings]) process.stderr.write(`${line}\n`)
  if (!loaded.ok) return leave(EXIT_CONFIG, ['The configuration has mistakes:', ...loaded.mistakes.map((mistake) => `  ${mistake}`)])

  const surroundings: Surroundings = { clock, random: Math.random, onLost: (fault) => leave(EXIT_FAULT, [fault.message]) }
  stopOnSignal(await start(role, loaded, surroundings))
}

async function start(role: StartedRole, loaded: Parameters<typeof withCore>[1], surroundings: Surroundings): Promise<Running> {
  if (role === 'start') return supervise({ ...loaded, clock, program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''] })
  await migrate(databaseOptions(loaded.config, loaded.secrets), clock())
  return withCore(role, loaded, surroundings, STARTERS[role])
}

/** The first signal drains, the second does not wait. Losing the supervisor counts as a signal. */
function stopOnSignal(running: Running): void {
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    const deadline = setTimeout(() => leave(EXIT_FAULT, ['Not everything was finished in time.']), STOP_DEADLINE_MS + 5_000)
    running.stop(STOP_DEADLINE_MS).then(
      () => {
        clearTimeout(deadline)
        leave(0, [])
      },
      (fault: unknown) => leave(EXIT_FAULT, [String(fault)]),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('disconnect', stop)
}

function leave(code: number, lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exit(code)
}

main(process.argv.slice(2)).catch((fault: unknown) =>
  leave(EXIT_FAULT, [fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)]),
)
