/** A set-up step that could not be done: which, why, and what the reader can do about it. */
// @ts-check
import { relative } from 'node:path'
import { LOG, ROOT } from './places.mjs'

export class SetupFailure extends Error {
  /** @param {{ step: string, why: string, advice: string }} failure */
  constructor({ step, why, advice }) {
    super(`${step}: ${why}`)
    this.name = 'SetupFailure'
    this.step = step
    this.why = why
    this.advice = advice
  }
}

/** @param {SetupFailure} failure */
export function describe(failure) {
  return [
    `setup: could not: ${failure.step}`,
    `  why:  ${failure.why}`,
    `  do:   ${failure.advice}`,
    `  log:  ${relative(ROOT, LOG)}`,
    '',
  ].join('\n')
}

const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ECONNRESET|ERR_PNPM_META_FETCH_FAIL|dns error|error sending|Temporary failure/i

/**
 * Whether the text of a failed command says that the other side was not reached.
 * @param {string} output
 */
export const soundsOffline = (output) => UNREACHABLE.test(output)

/**
 * The lines of a command's output that say most: its errors, or else its end.
 * @param {string} output
 */
export function essence(output) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const errors = lines.filter((line) => /^(E:|npm error|error|\[ERR|✘)|ERR_PNPM/i.test(line) && !/complete log of this run/i.test(line))
  return (errors.length > 0 ? errors.slice(0, 3) : lines.slice(-2)).join(' | ').slice(0, 400)
}
