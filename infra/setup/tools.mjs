/** Node and pnpm in `.tools`, in the pinned versions. An installation counts when its stamp was written, which is the last thing done. */
// @ts-check
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandEnvironment } from './environment.mjs'
import { essence, SetupFailure, soundsOffline } from './failure.mjs'
import { NODE, PNPM, TOOLS } from './places.mjs'
import { CommandFailed, run } from './processes.mjs'
import { NODE_VERSION, PNPM_VERSION, toolPackages } from './versions.mjs'

const STAMP = join(TOOLS, 'stamp')
const WANTED = toolPackages(process).join(' ')

export const tools = {
  title: `Node ${NODE_VERSION} and pnpm ${PNPM_VERSION} in .tools`,
  met: () => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === WANTED && [NODE, PNPM].every(mayRun),
  meet: async () => {
    rmSync(STAMP, { force: true })
    if (!(await answer(NODE, PNPM))) await install()
    writeFileSync(STAMP, WANTED)
  },
}

/** Into a folder aside, so that an interrupted installation is never taken for a whole one. */
async function install() {
  const aside = join(TOOLS, 'next')
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside, { recursive: true })
  await npmInstall(aside)
  const modules = join(aside, 'node_modules')
  if (!(await answer(join(modules, '.bin', 'node'), join(modules, '.bin', 'pnpm')))) throw broken()
  rmSync(join(TOOLS, 'node_modules'), { recursive: true, force: true })
  renameSync(modules, join(TOOLS, 'node_modules'))
  rmSync(aside, { recursive: true, force: true })
}

/** @param {string} folder */
async function npmInstall(folder) {
  const flags = [
    '--prefix',
    folder,
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefer-offline',
    '--fetch-retries=1',
  ]
  try {
    await run('npm', ['install', ...flags, ...WANTED.split(' ')], { env: commandEnvironment(process.env) })
  } catch (cause) {
    throw cause instanceof CommandFailed ? explain(cause) : cause
  }
}

/** @param {CommandFailed} cause */
function explain(cause) {
  const advice = soundsOffline(cause.output)
    ? 'Check that this machine reaches the npm registry (npm ping), then start again.'
    : 'Read the log; then start again: nothing half-installed is kept.'
  return new SetupFailure({ step: 'install Node and pnpm from npm', why: essence(cause.output) || cause.message, advice })
}

function broken() {
  return new SetupFailure({
    step: 'install Node and pnpm from npm',
    why: `the programs of ${WANTED} do not run on this machine (${process.platform} ${process.arch})`,
    advice: `Node ${NODE_VERSION} needs glibc 2.28 or newer; on other systems use the container image (infra/containers).`,
  })
}

/**
 * Whether both programs run and are what they should be.
 * @param {string} node
 * @param {string} pnpm
 */
async function answer(node, pnpm) {
  if (![node, pnpm].every(mayRun)) return false
  try {
    const [nodeSays, pnpmSays] = await Promise.all([run(node, ['--version']), run(pnpm, ['--version'])])
    return nodeSays.trim() === `v${NODE_VERSION}` && pnpmSays.trim() === PNPM_VERSION
  } catch {
    return false // a cut-off program; install anew
  }
}

/** @param {string} file */
function mayRun(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
