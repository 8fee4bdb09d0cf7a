/** Runs other programs: set-up steps into the log, and at the end the command that the user asked for. */
// @ts-check
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { ROOT } from './places.mjs'
import { log } from './progress.mjs'

/** @type {readonly NodeJS.Signals[]} */
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** @type {Set<import('node:child_process').ChildProcess>} */
const steps = new Set()

/** A program that did not do what it was asked. */
export class CommandFailed extends Error {
  /** @param {{ command: string, code: number, output: string }} result */
  constructor({ command, code, output }) {
    super(`${command} ended with ${code}`)
    this.name = 'CommandFailed'
    this.code = code
    this.output = output
  }
}

/**
 * Runs a set-up step to its end and returns what it printed. It leads a group of its own, so that it can be stopped with all it started.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, input?: string }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, { env = process.env, input } = {}) {
  log(`$ ${[command, ...args].join(' ')}\n`)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env, detached: true, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
    let output = ''
    const take = (/** @type {Buffer} */ part) => {
      output += part
      log(String(part))
    }
    steps.add(child)
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.stdin?.on('error', () => undefined) // a program may end before it has read everything
    child.stdin?.end(input)
    child.on('error', (cause) => reject(new CommandFailed({ command, code: 127, output: String(cause) })))
    child.on('close', (code, signal) => {
      steps.delete(child)
      if (code === 0) resolve(output)
      else reject(new CommandFailed({ command, code: exitCode(code, signal), output }))
    })
  })
}

/** From here on a signal stops the steps that are running; they end before we do. */
export function stopStepsOnSignal() {
  const stop = (/** @type {NodeJS.Signals} */ signal) => {
    process.exitCode = exitCode(null, signal)
    for (const child of steps) killGroup(child, signal)
    Promise.all([...steps].map((child) => new Promise((resolve) => child.once('close', resolve)))).then(() => process.exit())
  }
  for (const signal of STOPPING) process.on(signal, stop)
  return () => {
    for (const signal of STOPPING) process.off(signal, stop)
  }
}

/**
 * Gives terminal and signals to the command; ends with its exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
export function handOver(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' })
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      // A terminal sends Ctrl-C to the command itself; a second one would mean "now, without draining".
      if (signal !== 'SIGINT' || !atTerminal()) child.kill(signal)
    }
    for (const signal of STOPPING) process.on(signal, forward)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      for (const name of STOPPING) process.off(name, forward)
      resolve(exitCode(code, signal))
    })
  })
}

/**
 * As a shell counts: 128 and the signal's number for a program that a signal ended.
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
export function exitCode(code, signal) {
  return code ?? (signal ? 128 + constants.signals[signal] : 1)
}

const atTerminal = () => Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function killGroup(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // It has ended, or it runs as root by sudo and ends by itself.
  }
}
