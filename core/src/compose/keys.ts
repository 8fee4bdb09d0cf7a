/** The installation's keys at the start of a role: made if this is the first start of all. */
import { readFile } from 'node:fs/promises'
import { type InstallationKeys, openInstallationKeys } from '../manage/keys.ts'
import type { Core } from './core.ts'

export async function openKeys(core: Core): Promise<InstallationKeys> {
  const { signingKeyPath } = core.config
  const signingKeyPem = signingKeyPath === null ? null : await readFile(signingKeyPath, 'utf8')
  return openInstallationKeys({ ...core, dnsNames: core.config.dns }, { signingKeyPem })
}
