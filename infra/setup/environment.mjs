/** The environment in which steps and commands run: our Node first, quiet tools, a home that can be written. */
// @ts-check
import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { DATA, PATH_FIRST, PATH_LAST } from './places.mjs'

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function commandEnvironment(env) {
  return {
    ...env,
    PATH: searchPath(env.PATH),
    HOME: usableHome(env.HOME),
    // wrangler asks nobody, reports nothing, and logs beside our own logs.
    WRANGLER_SEND_METRICS: 'false',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_LOG_PATH: env.WRANGLER_LOG_PATH ?? join(DATA, 'logs', 'wrangler'),
  }
}

/** @param {string | undefined} path */
export function searchPath(path) {
  const own = (path ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...new Set([...PATH_FIRST, ...own, ...PATH_LAST])].join(delimiter)
}

/**
 * Accounts such as `nobody` have a home that does not exist, where npm, pnpm and Chromium fail.
 * @param {string | undefined} home
 */
function usableHome(home) {
  if (home && mayWrite(home)) return home
  const ours = join(DATA, 'home')
  mkdirSync(ours, { recursive: true })
  return ours
}

/** @param {string} folder */
function mayWrite(folder) {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
