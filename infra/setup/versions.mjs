/** The versions of Node and pnpm that Posthaste is built and run with; `.node-version` and the Dockerfile repeat the first. */
// @ts-check

export const NODE_VERSION = '24.21.0'
export const PNPM_VERSION = '12.21.0'

/** What must be there before anything can be set up: the Node that reads these files. */
export const OLDEST_NODE_MAJOR = 20

/**
 * Node as an npm package: the registry is the one place that every machine can reach.
 * @param {{ platform: string, arch: string }} machine
 */
export function toolPackages({ platform, arch }) {
  return [`node-${platform}-${arch}@${NODE_VERSION}`, `pnpm@${PNPM_VERSION}`]
}

/**
 * `v20.20.2` → 20; `undefined` for anything that is no version.
 * @param {string} version
 */
export function majorOf(version) {
  const found = /^v?(\d+)\.\d+\.\d+/.exec(version.trim())
  return found ? Number(found[1]) : undefined
}
