/** Reads the whole configuration at start: environment, file, secrets. The only place that looks at `process.env`. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Config, toConfig } from './config.ts'
import { type Env, readEnv } from './env.ts'
import { readConfigFile, withDotEnv } from './file.ts'
import type { StartedRole } from './groups/roles.ts'
import { findMasterKey } from './master-key.ts'
import { type Secrets, toSecrets } from './secrets.ts'

export type Loaded =
  | {
      readonly ok: true
      readonly config: Config
      readonly secrets: Secrets
      readonly warnings: readonly string[]
      /** For standard error: which file was read. */
      readonly notes: readonly string[]
    }
  | { readonly ok: false; readonly mistakes: readonly string[]; readonly warnings: readonly string[]; readonly notes: readonly string[] }

export type Surroundings = { readonly env?: Env; readonly cwd?: string }

export async function loadConfig(role: StartedRole, { env = process.env, cwd = process.cwd() }: Surroundings = {}): Promise<Loaded> {
  const variables = await withDotEnv(env, cwd)
  const named = variables.POSTAL_CONFIG_FILE_PATH
  const file = await readConfigFile(named ? resolve(cwd, named) : undefined, cwd)
  const { config, reader } = toConfig({ env: readEnv(variables), file, cwd, exists: existsSync }, role)
  const notes = reader.get('SILENCE_POSTAL_CONFIG_MESSAGES') ? [] : file.notes
  const mistakes = [...file.mistakes, ...reader.mistakes]

  const place = { given: reader.get('posthaste.master_key'), dataDir: config.dataDir, mayCreate: !config.database && mistakes.length === 0 }
  const keyIsWrong = reader.given('posthaste.master_key') && !place.given
  // Without a database and with other mistakes nothing is created yet, and nothing is missing either.
  const unclear = keyIsWrong || (!config.database && mistakes.length > 0)
  const found = unclear ? { mistake: '' } : await findMasterKey(place)
  if (!('key' in found)) return { ok: false, mistakes: [...mistakes, found.mistake].filter(Boolean), warnings: reader.warnings, notes }
  if (mistakes.length > 0) return { ok: false, mistakes, warnings: reader.warnings, notes }

  const warnings = [...reader.warnings, ...(found.warning ? [found.warning] : [])]
  const created = found.created ? [`Made a master key in ${found.created}; keep a copy of it apart from the database`] : []
  return { ok: true, config, secrets: toSecrets(reader, found.key), warnings, notes: [...notes, ...created] }
}

/** The environment for a process that this one starts. */
export const environmentFor = (added: Env): NodeJS.ProcessEnv => ({ ...process.env, ...added })
