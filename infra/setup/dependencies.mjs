/** The npm packages of the workspace, as the lockfile names them. */
// @ts-check
import { rmSync, writeFileSync } from 'node:fs'
import { commandEnvironment } from './environment.mjs'
import { essence, SetupFailure, soundsOffline } from './failure.mjs'
import { inRoot, PNPM } from './places.mjs'
import { CommandFailed, run } from './processes.mjs'
import { fingerprintOfContents, stamped } from './stale.mjs'
import { NODE_VERSION, PNPM_VERSION } from './versions.mjs'

/** Inside node_modules, so that it goes when they go. */
const STAMP = inRoot('node_modules', '.posthaste-stamp')

/** By itself pnpm tries an unreachable registry for minutes. */
const RETRIES = ['--config.fetch-retries=2', '--config.fetch-retry-mintimeout=1000', '--config.fetch-retry-maxtimeout=4000']
const FLAGS = ['--frozen-lockfile', '--prefer-offline', '--reporter=append-only', ...RETRIES]

const wanted = () => fingerprintOfContents([inRoot('pnpm-lock.yaml'), inRoot('pnpm-workspace.yaml')], `${NODE_VERSION} ${PNPM_VERSION}`)

export const dependencies = {
  title: 'npm packages',
  met: () => stamped(STAMP, wanted()),
  meet: async () => {
    rmSync(STAMP, { force: true })
    const fingerprint = wanted()
    try {
      // CI=true keeps pnpm from asking whether it may replace a node_modules made by another version.
      await run(PNPM, ['install', ...FLAGS], {
        env: { ...commandEnvironment(process.env), CI: 'true' },
      })
    } catch (cause) {
      throw cause instanceof CommandFailed ? explain(cause) : cause
    }
    writeFileSync(STAMP, fingerprint)
  },
}

/** @param {CommandFailed} cause */
function explain(cause) {
  return new SetupFailure({
    step: 'install the npm packages',
    why: essence(cause.output) || cause.message,
    advice: adviceFor(cause.output),
  })
}

/** @param {string} output */
function adviceFor(output) {
  if (output.includes('OUTDATED_LOCKFILE'))
    return 'A package.json was changed: run `.tools/node_modules/.bin/pnpm install` and commit pnpm-lock.yaml with it.'
  if (soundsOffline(output)) return 'Check that this machine reaches the npm registry (npm ping), then start again.'
  return 'Read the log; removing node_modules and starting again is safe.'
}
