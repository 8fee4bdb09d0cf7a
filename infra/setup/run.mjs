/** Runs a command of Posthaste on a machine that has only Node and npm: gets what is missing, then hands over. */
// @ts-check
import { COMMAND_NAMES, parseArguments } from './arguments.mjs'
import { bundle } from './build.mjs'
import { COMMANDS } from './commands.mjs'
import { debianPackages } from './debian.mjs'
import { dependencies } from './dependencies.mjs'
import { describe, SetupFailure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { packagesFor } from './packages.mjs'
import { stopStepsOnSignal } from './processes.mjs'
import { announce, step } from './progress.mjs'
import { tools } from './tools.mjs'
import { majorOf, OLDEST_NODE_MAJOR } from './versions.mjs'

/** @typedef {{ title: string, met: () => boolean, meet: () => Promise<void> }} Need */

const EXIT_SETUP_FAILED = 70 // EX_SOFTWARE of sysexits.h; tells a set-up that failed from a command that did
const EXIT_USAGE = 64

/** @param {readonly string[]} typed */
async function main(typed) {
  const asked = parseArguments(typed)
  if (!asked) return usage()
  refuseOldNode()
  const { name, args } = asked
  const command = COMMANDS[name]
  const code = [tools, dependencies, ...(command.bundled ? [bundle] : [])]
  const machine = [debianPackages(packagesFor(name, args, process.env))]
  await getReady([code, machine])
  return command.run(args)
}

function usage() {
  process.stderr.write(`usage: node infra/setup/run.mjs ${COMMAND_NAMES.join(' | ')} [arguments]\n`)
  return EXIT_USAGE
}

function refuseOldNode() {
  if ((majorOf(process.version) ?? 0) >= OLDEST_NODE_MAJOR) return
  const why = `this is Node ${process.version}`
  throw new SetupFailure({
    step: 'start',
    why,
    advice: `Install Node ${OLDEST_NODE_MAJOR} or newer; it fetches the Node that Posthaste runs on.`,
  })
}

/**
 * Each line of needs in its order, the lines side by side. All end before a failure is told, so that nothing is left running.
 * @param {readonly (readonly Need[])[]} lines
 */
async function getReady(lines) {
  if (lines.flat().every((need) => need.met())) return
  const restoreSignals = stopStepsOnSignal()
  await withLock(async () => {
    const ends = await Promise.allSettled(lines.map(meetInTurn))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed) throw failed.reason
  })
  restoreSignals()
}

/** @param {readonly Need[]} needs */
async function meetInTurn(needs) {
  for (const need of needs) {
    if (need.met()) continue
    announce()
    await step(need.title, need.meet)
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (cause) {
  if (!(cause instanceof SetupFailure)) throw cause
  process.stderr.write(describe(cause))
  process.exitCode = EXIT_SETUP_FAILED
}
