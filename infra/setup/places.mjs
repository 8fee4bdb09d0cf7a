/** Where things lie in this folder. */
// @ts-check
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** @param {string[]} parts */
export const inRoot = (...parts) => join(ROOT, ...parts)

export const TOOLS = inRoot('.tools')
export const DATA = inRoot('.data')
export const LOG = inRoot('.data', 'logs', 'setup.log')

const TOOLS_BIN = inRoot('.tools', 'node_modules', '.bin')
export const NODE = join(TOOLS_BIN, 'node')
export const PNPM = join(TOOLS_BIN, 'pnpm')

/** What comes before the user's own PATH, so that scripts which say `node` get ours. */
export const PATH_FIRST = [TOOLS_BIN, inRoot('node_modules', '.bin')]

/** Where Debian keeps daemons; the PATH of a plain user lacks them. */
export const PATH_LAST = ['/usr/local/sbin', '/usr/sbin', '/sbin']
