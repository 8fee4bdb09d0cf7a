/** The installation of a bench: a new one for each, with what was asked for on the command line. */
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Installation, openInstallation } from '@posthaste/test/support/installation/open.ts'
import type { BenchOptions } from './bench.ts'

/** Profiles are written when a role ends. */
export async function openBench({ profileDir }: BenchOptions, env: Readonly<Record<string, string>> = {}): Promise<Installation> {
  if (profileDir === null) return openInstallation({ env })
  const folder = resolve(profileDir)
  await mkdir(folder, { recursive: true })
  return openInstallation({ env: { ...env, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` } })
}
