/** Keeps core/dist up to date while a developer edits. */
// @ts-check
import { watch } from 'node:fs'
import { build } from './build.mjs'
import { describe, SetupFailure } from './failure.mjs'
import { inRoot } from './places.mjs'
import { note } from './progress.mjs'

/** Editors write a file in several steps. */
const SETTLE_MS = 100

/** @returns {() => void} ends the watching */
export function rebuildOnChange() {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const changed = () => {
    clearTimeout(timer)
    timer = setTimeout(rebuild, SETTLE_MS)
  }
  const watchers = ['core', 'shared', 'edge'].map((name) => watch(inRoot(name, 'src'), { recursive: true }, changed))
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}

/** A mistake in the code is told and the last good bundle stays. */
async function rebuild() {
  try {
    await build()
    note('core/dist rebuilt')
  } catch (cause) {
    process.stderr.write(cause instanceof SetupFailure ? describe(cause) : `${cause}\n`)
  }
}
