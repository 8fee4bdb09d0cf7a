/** What the user sees of a set-up: a line for each step, on stderr, so that stdout belongs to the command. */
// @ts-check
import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { LOG, ROOT } from './places.mjs'

let announced = false

/** Says once that there is something to do; a set-up with nothing to do is silent. */
export function announce() {
  if (announced) return
  announced = true
  note(`getting ready; a first time takes a minute or two (log: ${relative(ROOT, LOG)})`)
}

/** @param {string} text */
export function note(text) {
  process.stderr.write(`setup: ${text}\n`)
}

/** @param {string} text */
export function log(text) {
  mkdirSync(dirname(LOG), { recursive: true })
  appendFileSync(LOG, text)
}

/**
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 */
export async function step(title, work) {
  const startedAt = performance.now()
  log(`\n== ${new Date().toISOString()} ${title}\n`)
  const result = await work()
  note(`${title} (${secondsSince(startedAt)} s)`)
  return result
}

/** @param {number} startedAt */
export const secondsSince = (startedAt) => ((performance.now() - startedAt) / 1000).toFixed(1)
