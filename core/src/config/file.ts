/** Finds and reads the configuration file: Postal's second format, or its first with a warning. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { LineCounter, parseDocument } from 'yaml'
import type { Env } from './env.ts'
import { fromLegacy, isGivenUp, relaysFromLegacy } from './legacy.ts'
import { nearest } from './nearest.ts'
import { type Given, isSettingName, SETTING_NAMES, type SettingName, type Source } from './settings.ts'

export type FileSource = Source & {
  readonly mistakes: readonly string[]
  /** What `$config-file-root` stands for. */
  readonly root: string
  /** What to tell on standard error. */
  readonly notes: readonly string[]
}

/** Variables of `.env` in the working directory; those of the environment itself go first. */
export async function withDotEnv(env: Env, cwd: string): Promise<Env> {
  const content = await readIfThere(join(cwd, '.env'))
  return content === undefined ? env : { ...parseEnv(content), ...env }
}

/** Reads the file named by POSTAL_CONFIG_FILE_PATH, or the first that is at a usual place. */
export async function readConfigFile(named: string | undefined, cwd: string): Promise<FileSource> {
  const usual = [join(cwd, 'config/postal/postal.yml'), join(cwd, 'posthaste.yml')]
  for (const path of named === undefined ? usual : [named]) {
    const content = await readIfThere(path)
    if (content === undefined) continue
    const source = parseConfigFile(content, path)
    return { ...source, root: dirname(path), notes: [`Loading config from ${path}`] }
  }
  const sought = named ?? usual.join(' or ')
  const notes = [`No configuration file found at ${sought}`, 'Only using environment variables for configuration']
  return { values: new Map(), warnings: [], mistakes: [], root: named === undefined ? cwd : dirname(named), notes }
}

type Parsed = Source & { readonly mistakes: readonly string[] }

/** Every scalar is read as text, so that a password 0123 keeps its zero. */
export function parseConfigFile(content: string, path: string): Parsed {
  const lines = new LineCounter()
  const document = parseDocument(content, { schema: 'failsafe', prettyErrors: false, lineCounter: lines })
  // Only the place and the parser's code: its longer messages quote the file, which holds secrets.
  const mistakes = document.errors.map((error) => `${path} is not valid YAML in line ${lines.linePos(error.pos[0]).line} (${error.code}).`)
  if (mistakes.length > 0) return { values: new Map(), warnings: [], mistakes }

  const keys = flatten(document.toJS() ?? {})
  const version = keys.get('version') ?? '1'
  keys.delete('version')
  if (version === '2') return { ...readKeys(keys, (key) => key), mistakes }
  if (version === '1') return { ...readLegacyKeys(keys, path), mistakes }
  return { values: new Map(), warnings: [], mistakes: ['Invalid version specified in Postal config file. Must be 1 or 2.'] }
}

function readLegacyKeys(keys: ReadonlyMap<string, unknown>, path: string): Source {
  const current = new Map([...keys].map(([key, value]) => [key, key === 'smtp_relays' ? relaysFromLegacy(value) : value]))
  const source = readKeys(current, fromLegacy)
  const advice = `${path} has Postal's first format, which knows only some of the settings. Write version: 2 and the names of docs/configuration.md.`
  return { values: source.values, warnings: [advice, ...source.warnings] }
}

function readKeys(keys: ReadonlyMap<string, unknown>, rename: (key: string) => string | undefined): Source {
  const values = new Map<SettingName, Given>()
  const warnings: string[] = []
  for (const [key, value] of keys) {
    const name = rename(key)
    if (name === undefined || !isSettingName(name) || !name.includes('.')) warnings.push(unknownKey(key))
    else if (isEmpty(value)) warnings.push(`${key} is empty and counts as absent.`)
    else values.set(name, { value, spelledAs: key })
  }
  return { values, warnings }
}

function unknownKey(key: string): string {
  if (isGivenUp(key)) return `${key} belongs to an older Postal and has no effect.`
  const meant = nearest(
    key,
    SETTING_NAMES.filter((name) => name.includes('.')),
  )
  return meant ? `${key} is not a setting. Did you mean ${meant}?` : `${key} is not a setting and has no effect.`
}

/** `~` and `null` are words to the parser that we use, and nothing to the person who wrote them. */
const isEmpty = (value: unknown) => value === null || (typeof value === 'string' && ['', '~', 'null'].includes(value.trim().toLowerCase()))

/** Nested groups as `group.key`; lists stay as they are. */
function flatten(value: unknown, prefix = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map(prefix ? [[prefix, value]] : [])
  const entries = Object.entries(value).flatMap(([key, inner]) => [...flatten(inner, prefix ? `${prefix}.${key}` : key)])
  return new Map(entries)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
