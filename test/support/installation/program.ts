/** A program that the demonstration runs: its output goes to a log file, and a failure to start names that file. */
import { createWriteStream } from 'node:fs'
import { type RunningProcess, startProcess } from '../processes.ts'
import { untilAnswers } from './until-answers.ts'

export type ProgramOptions = {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logPath: string
  /** It has started when all of these answer. */
  readonly healthUrls: readonly string[]
}

/** @throws Error with the log's place when it ends or does not answer in time; nothing is left running then. */
export async function startProgram({
  name,
  command: [file, ...args],
  env,
  cwd,
  logPath,
  healthUrls,
}: ProgramOptions): Promise<RunningProcess> {
  const log = createWriteStream(logPath, { flags: 'a' })
  const program = await startProcess(file, args, { name, cwd, env, onLine: (line) => log.write(`${line}\n`) })
  const giveUp = new AbortController()
  const ending = program.ended(STARTUP_MS).then((): never => {
    throw new Error(`${name} ended while it was starting`)
  })
  try {
    await Promise.race([ending, Promise.all(healthUrls.map((url) => untilAnswers(url, giveUp.signal)))])
  } catch (cause) {
    giveUp.abort()
    await program.stop()
    throw new Error(`${name} did not start; its log is ${logPath}`, { cause })
  }
  ending.catch(() => undefined)
  return program
}

const STARTUP_MS = 120_000
