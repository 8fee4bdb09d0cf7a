/** The installation of a bench: a new one for each, its roles profiled when that was asked for. */
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Installation, openInstallation } from '@posthaste/test/support/installation/open.ts'
import type { BenchOptions } from './bench.ts'

/** Profiles are written when a role ends, as `{role}-{time}.cpuprofile`. */
export async function openBench({ profileDir }: BenchOptions, env: Readonly<Record<string, string>> = {}): Promise<Installation> {
  const installation = await openInstallation({ env })
  if (profileDir === null) return installation
  const folder = resolve(profileDir)
  await mkdir(folder, { recursive: true })
  return {
    ...installation,
    start: (role, own = {}) => {
      const file = `${role}-${Date.now()}.cpuprofile`
      return installation.start(role, { ...own, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder} --cpu-prof-name=${file}` })
    },
  }
}
