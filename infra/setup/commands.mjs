/** The table of commands: what each needs besides Node and the npm packages, and what it runs. */
// @ts-check
import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { check } from './check.mjs'
import { commandEnvironment } from './environment.mjs'
import { SetupFailure } from './failure.mjs'
import { inRoot, NODE, ROOT } from './places.mjs'
import { handOver } from './processes.mjs'
import { rebuildOnChange } from './watch.mjs'

/** @typedef {{ bundled: boolean, run: (args: readonly string[]) => Promise<number> }} Command */

const DEMO = inRoot('infra', 'demo', 'main.ts')
const BENCH = inRoot('infra', 'bench', 'main.ts')
const POSTHASTE = inRoot('core', 'dist', 'cli', 'main.js')
const VITEST = inRoot('node_modules', 'vitest', 'vitest.mjs')

/** @type {Record<import('./arguments.mjs').CommandName, Command>} */
export const COMMANDS = {
  start: { bundled: true, run: (args) => node([DEMO, ...args]) },
  test: { bundled: true, run: (args) => node([VITEST, 'run', ...args]) },
  check: { bundled: false, run: check },
  bench: { bundled: true, run: (args) => node([BENCH, ...args]) },
  dev: { bundled: true, run: develop },
  build: { bundled: true, run: async () => 0 },
  posthaste: { bundled: true, run: (args) => node([POSTHASTE, ...args], ['--enable-source-maps']) },
}

/**
 * @param {readonly [string, ...string[]]} program a file and its arguments
 * @param {readonly string[]} [flags] for Node itself
 */
async function node([file, ...args], flags = []) {
  if (!existsSync(file)) throw absent(file)
  return handOver(NODE, [...flags, file, ...args], commandEnvironment(process.env))
}

/**
 * The demo, started again whenever a source of it or of the core changes.
 * @param {readonly string[]} args
 */
async function develop(args) {
  const stop = rebuildOnChange()
  try {
    return await node(
      [DEMO, ...args],
      ['--watch', `--watch-path=${inRoot('core', 'dist')}`, `--watch-path=${inRoot('infra', 'demo')}`, '--watch-preserve-output'],
    )
  } finally {
    stop()
  }
}

/** @param {string} file */
function absent(file) {
  return new SetupFailure({
    step: `run ${relative(ROOT, file)}`,
    why: 'the file is not there',
    advice: 'See that the whole repository is checked out.',
  })
}
