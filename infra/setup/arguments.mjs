/** What the user typed: the command, and what belongs to it. */
// @ts-check

export const COMMAND_NAMES = /** @type {const} */ (['start', 'test', 'check', 'bench', 'dev', 'build', 'posthaste'])

/** @typedef {typeof COMMAND_NAMES[number]} CommandName */

/**
 * npm drops the first `--`, pnpm hands it on: both shall mean the same.
 * @param {readonly string[]} typed
 * @returns {{ name: CommandName, args: string[] } | undefined} undefined for a command that we do not have
 */
export function parseArguments([name, ...rest]) {
  const known = COMMAND_NAMES.find((candidate) => candidate === name)
  if (known === undefined) return undefined
  return { name: known, args: rest[0] === '--' ? rest.slice(1) : rest }
}
