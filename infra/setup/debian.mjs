/** Programs that come from Debian packages: looked for, and installed where we may. */
// @ts-check
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { searchPath } from './environment.mjs'
import { essence, SetupFailure } from './failure.mjs'
import { PROGRAMS } from './packages.mjs'
import { CommandFailed, run } from './processes.mjs'
import { note } from './progress.mjs'

const LOCK_WAIT_S = 300
const LOCK_POLL_MS = 3_000

/** A removal would take the user's own mail server or database away (two MTAs exclude each other). */
const APT_INSTALL = ['-y', '--no-install-recommends', '--no-remove']
const APT_OPTIONS = ['-q', '-o', `DPkg::Lock::Timeout=${LOCK_WAIT_S}`, '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20']

/** Postfix is only a peer for tests and measurements: it must not take port 25 on this machine. */
const ANSWERS = 'postfix postfix/main_mailer_type select No configuration\n'

/** @param {readonly string[]} packages */
export function debianPackages(packages) {
  return {
    title: `Debian packages: ${packages.join(', ')}`,
    met: () => missing(packages).length === 0,
    meet: () => install(missing(packages)),
  }
}

/**
 * @param {readonly string[]} packages
 * @param {(program: string) => boolean} [found]
 */
export function missing(packages, found = findProgram) {
  return packages.filter((name) => !(PROGRAMS[name] ?? []).every((program) => found(program)))
}

/** @param {string} program */
function findProgram(program) {
  return searchPath(process.env.PATH)
    .split(':')
    .some((folder) => existsSync(join(folder, program)))
}

/** @param {readonly string[]} packages */
async function install(packages) {
  if (!findProgram('apt-get')) throw failure(packages, 'this system has no apt-get', `Install these yourself: ${namesFor(packages)}.`)
  const asRoot = await becomeRoot()
  if (!asRoot) throw failure(packages, 'only root may install packages', `Run once: ${byHand(packages)}`)
  try {
    // A foreign package source that is down must not matter; if Debian's is, the installation says so.
    await asRoot(['apt-get', ...APT_OPTIONS, 'update']).catch(() => undefined)
    if (packages.includes('postfix')) await asRoot(['debconf-set-selections'], ANSWERS)
    await asRoot(['apt-get', ...APT_OPTIONS, 'install', ...APT_INSTALL, ...packages])
  } catch (cause) {
    throw cause instanceof CommandFailed
      ? failure(packages, essence(cause.output) || cause.message, adviceFor(cause.output, packages))
      : cause
  }
}

/** Runs a command as root: directly, or by a sudo that asks no password; `undefined` when neither is to be had. */
async function becomeRoot() {
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  if (prefix.length > 0) {
    const allowed = await run('sudo', ['-n', 'true']).then(
      () => true,
      () => false,
    )
    if (!allowed) return undefined
  }
  return (/** @type {readonly string[]} */ command, /** @type {string} */ input = '') => {
    const [program = 'env', ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C.UTF-8', ...command]
    return whenUnlocked(() => run(program, args, { input }))
  }
}

/**
 * apt waits for dpkg's lock by itself, but not for the lock of its package lists.
 * @param {() => Promise<string>} command
 */
async function whenUnlocked(command) {
  for (let waitedMs = 0; ; waitedMs += LOCK_POLL_MS) {
    try {
      return await command()
    } catch (cause) {
      if (!(cause instanceof CommandFailed) || !soundsLocked(cause.output) || waitedMs >= LOCK_WAIT_S * 1000) throw cause
      if (waitedMs === 0) note('another package manager is at work; waiting for it')
      await wait(LOCK_POLL_MS)
    }
  }
}

/** @param {string} output */
export const soundsLocked = (output) => /Could not get lock|Unable to (lock|acquire)/i.test(output)

/**
 * @param {string} output
 * @param {readonly string[]} packages
 */
export function adviceFor(output, packages) {
  if (soundsLocked(output)) return 'Wait until the other package manager has ended, then start again.'
  if (/Packages need to be removed/i.test(output)) {
    return `Installing ${packages.join(', ')} would remove packages of yours (a second mail server, say). Use another machine or a container.`
  }
  if (/Unable to (fetch|locate)|Failed to fetch|Temporary failure|Could not resolve|Unable to connect/i.test(output)) {
    return `Check that this machine reaches its package sources (apt-get update), then start again. By hand: ${byHand(packages)}`
  }
  return `Read the log, or install by hand: ${byHand(packages)}`
}

/** @param {readonly string[]} packages */
const byHand = (packages) => `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`

/** @param {readonly string[]} packages */
const namesFor = (packages) => packages.map((name) => `${name} (${(PROGRAMS[name] ?? []).join(', ')})`).join('; ')

/**
 * @param {readonly string[]} packages
 * @param {string} why
 * @param {string} advice
 */
function failure(packages, why, advice) {
  return new SetupFailure({ step: `install the Debian packages ${packages.join(', ')}`, why, advice })
}
