/** Runs the scheduled tasks of a worker. Each is safe to run on several workers at once and to be broken off anywhere. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../observe/logger.ts'

export type Task = {
  /** As in the log and in metrics. */
  readonly name: string
  readonly everyMs: number
  /** Answers what it did, for the log; undefined when there was nothing to do. */
  readonly run: () => Promise<string | undefined>
}

export type ScheduleOptions = {
  readonly tasks: readonly Task[]
  readonly random: () => number
  readonly log: Logger
  readonly onRun?: (task: string, seconds: number) => void
  /** Nothing is due in the first seconds of a start. */
  readonly firstWaitMs?: number
}

const FIRST_WAIT_MS = 10_000

/** Until the signal. A task that fails is logged and has its next turn as usual. */
export async function runTasks(options: ScheduleOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(options.tasks.map((task) => repeat(task, options, signal)))
}

async function repeat(
  task: Task,
  { random, log, onRun, firstWaitMs = FIRST_WAIT_MS }: ScheduleOptions,
  signal: AbortSignal,
): Promise<void> {
  // Workers that start together spread out.
  let waitMs = firstWaitMs * (1 + 2 * random())
  while (await passed(waitMs, signal)) {
    const startedAt = performance.now()
    try {
      const did = await task.run()
      if (did !== undefined) log.info({ event: 'task.done', task: task.name, did }, 'Task done')
    } catch (fault) {
      log.error({ event: 'task.failed', task: task.name, error: fault }, 'Task failed')
    }
    onRun?.(task.name, (performance.now() - startedAt) / 1000)
    waitMs = task.everyMs * (0.9 + 0.2 * random())
  }
}

const passed = (ms: number, signal: AbortSignal): Promise<boolean> => wait(ms, true, { signal }).catch(() => false)
