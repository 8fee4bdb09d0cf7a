/** `npm run check`: everything that can be judged without a whole system. All checks run, so that one look shows all that is wrong. */
// @ts-check
import { commandEnvironment } from './environment.mjs'
import { inRoot, NODE } from './places.mjs'
import { CommandFailed, run, stopStepsOnSignal } from './processes.mjs'
import { secondsSince } from './progress.mjs'

/** @typedef {{ name: string, program: string, args: readonly string[] }} Check */

/** @param {string} name */
const bin = (name) => inRoot('node_modules', '.bin', name)

/**
 * The unit tests take as long as all others, so they have a processor of their own.
 * @type {readonly (readonly Check[])[]}
 */
const LANES = [
  [
    { name: 'format and lint', program: bin('biome'), args: ['check', '--colors=off', '.'] },
    { name: 'types', program: bin('tsc'), args: ['--noEmit', '-p', 'tsconfig.json'] },
    { name: 'types of edge', program: bin('tsc'), args: ['--noEmit', '-p', 'edge/tsconfig.json'] },
    { name: 'dead code', program: bin('knip'), args: ['--no-progress'] },
  ],
  [
    {
      name: 'unit tests',
      program: NODE,
      args: [inRoot('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'unit', '--reporter=dot'],
    },
  ],
]

/** @returns {Promise<number>} the exit code */
export async function check() {
  const startedAt = performance.now()
  stopStepsOnSignal()
  const results = await Promise.all(LANES.map(runInTurn))
  const failed = results.flat().filter((passed) => !passed).length
  const verdict = failed === 0 ? 'all checks passed' : `${failed} of ${results.flat().length} checks failed`
  process.stdout.write(`${verdict} (${secondsSince(startedAt)} s)\n`)
  return failed === 0 ? 0 : 1
}

/** @param {readonly Check[]} checks */
async function runInTurn(checks) {
  const results = []
  for (const each of checks) results.push(await passes(each))
  return results
}

/** @param {Check} check */
async function passes({ name, program, args }) {
  const startedAt = performance.now()
  const env = { ...commandEnvironment(process.env), NO_COLOR: '1' }
  const { failed, output } = await run(program, args, { env }).then((text) => ({ failed: false, output: text }), whatFailed)
  const seconds = secondsSince(startedAt)
  process.stdout.write(failed ? `✗ ${name} (${seconds} s)\n${output.trimEnd()}\n\n` : `✓ ${name} (${seconds} s)${summary(output)}\n`)
  return !failed
}

/** @param {unknown} cause */
function whatFailed(cause) {
  if (!(cause instanceof CommandFailed)) throw cause
  return { failed: true, output: cause.output }
}

/**
 * vitest's count of tests, for a line that says what has passed.
 * @param {string} output
 */
export function summary(output) {
  const found = /^\s*Tests\s+(.+?)\s*$/m.exec(output)
  return found ? `: ${found[1]}` : ''
}
