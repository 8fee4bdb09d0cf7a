/** Parses what the sources say, setting by setting, and collects every mistake on the way. */
import { isAbsolute, resolve } from 'node:path'
import type { Kind } from './kinds.ts'
import type { Setting } from './setting.ts'
import { type Given, SETTING_NAMES, SETTINGS, type SettingName, type SettingValue, type Source, variableOf } from './settings.ts'

/** What the sources and the surroundings say. The environment goes before the file. */
export type Sources = {
  readonly env: Source
  readonly file: Source & { readonly root: string }
  readonly cwd: string
  readonly exists: (path: string) => boolean
}

export type Reader = {
  readonly get: <N extends SettingName>(name: N) => SettingValue<N>
  /** Whether somebody has set it, rightly or wrongly. */
  readonly given: (name: SettingName) => boolean
  /** The name as the user spelled it; the file's spelling when he did not. */
  readonly spelled: (name: SettingName) => string
  readonly exists: (path: string) => boolean
  /** A path inside a list: `$config-file-root` replaced, and absolute. Other paths are read so by themselves. */
  readonly expand: (path: string) => string
  readonly mistakes: string[]
  readonly warnings: string[]
}

export function createReader({ env, file, cwd, exists }: Sources): Reader {
  const sources = new Map<SettingName, Given>([...file.values, ...env.values])
  const mistakes: string[] = []
  const values = new Map<SettingName, unknown>()
  const expand = (text: string) =>
    resolve(cwd, text.replaceAll('$config-file-root', isAbsolute(file.root) ? file.root : resolve(cwd, file.root)))

  for (const name of SETTING_NAMES) {
    const setting: Setting<unknown> = SETTINGS[name]
    const read = readOne(setting, sources.get(name), expand)
    values.set(name, read.value)
    mistakes.push(...read.mistakes)
  }
  return {
    // The map holds for each name what that name's own kind has read.
    get: <N extends SettingName>(name: N) => values.get(name) as SettingValue<N>,
    given: (name) => sources.has(name) && SETTINGS[name].kind !== null,
    spelled: (name) => sources.get(name)?.spelledAs ?? name,
    exists,
    expand,
    mistakes,
    warnings: [...file.warnings, ...env.warnings, ...withoutEffect(sources)],
  }
}

type Read = { readonly value: unknown; readonly mistakes: readonly string[] }

function readOne({ kind, default: fallback }: Setting<unknown>, given: Given | undefined, expand: (text: string) => string): Read {
  if (!kind) return { value: null, mistakes: [] }
  const expanded = (value: unknown) => (kind.path && typeof value === 'string' ? expand(value) : value)
  if (!given) return { value: expanded(fallback), mistakes: [] }

  const parsed = kind.schema.safeParse(given.value)
  if (parsed.success) return { value: expanded(parsed.data), mistakes: [] }
  return { value: expanded(fallback), mistakes: mistakesOf(kind, given, parsed.error.issues) }
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string }

/** In a list of groups each field by its own name, such as `posthaste.smtp_listeners[1].port`; anything else as one value. */
function mistakesOf(kind: Kind<unknown>, { value, spelledAs }: Given, issues: readonly Issue[]): string[] {
  const lines = issues.map(({ path: [item, field], message }) => {
    const group = item === undefined ? undefined : inside(value, item)
    if (kind.secret || typeof group !== 'object' || item === undefined) return `${spelledAs} ${message}${shown(kind, value)}.`
    if (field === undefined) return `${spelledAs}[${String(item)}] ${message}.`
    return `${spelledAs}[${String(item)}].${String(field)} ${message}${shown(kind, inside(group, field))}.`
  })
  return [...new Set(lines)]
}

const inside = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined

/** What was written instead, unless it could be a secret. */
const shown = (kind: Kind<unknown>, value: unknown) => (kind.secret || value === undefined ? '' : `; it is ${JSON.stringify(value)}`)

/** One line for all settings of Postal that change nothing here: an old file must not fill the log. */
function withoutEffect(sources: ReadonlyMap<SettingName, Given>): string[] {
  const names = [...sources].filter(([name]) => SETTINGS[name].kind === null).map(([, given]) => given.spelledAs)
  return names.length > 0 ? [`Settings of Postal that have no effect here: ${names.join(', ')}.`] : []
}

/** Both spellings, for advice on a setting that is missing. */
export const bothSpellings = (name: SettingName): string => `${name} (${variableOf(name)})`
