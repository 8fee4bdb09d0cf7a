/** Reads the settings that the environment has: every variable by its name, and slips in names. */
import { nearest } from './nearest.ts'
import { type Given, SETTING_NAMES, type SettingName, type Source, variableOf } from './settings.ts'

export type Env = Readonly<Record<string, string | undefined>>

export function readEnv(env: Env): Source {
  const values = new Map<SettingName, Given>()
  const warnings: string[] = []
  for (const name of SETTING_NAMES) {
    const spelledAs = variableOf(name)
    const value = env[spelledAs]
    if (value === undefined) continue
    if (value.trim() === '') warnings.push(`${spelledAs} is empty and counts as absent.`)
    else values.set(name, { value, spelledAs })
  }
  return { values, warnings: [...warnings, ...slips(env)] }
}

/** The environment is full of other programs' variables: only ours by prefix, and near misses of known names, are reported. */
function slips(env: Env): string[] {
  const known = SETTING_NAMES.map(variableOf)
  const prefixes = new Set(known.filter((name) => name.includes('_')).map((name) => `${name.split('_')[0]}_`))
  return Object.keys(env)
    .filter((name) => !known.includes(name) && prefixes.has(`${name.split('_')[0]}_`))
    .flatMap((name) => {
      const meant = nearest(name, known)
      if (meant) return [`${name} is not a setting. Did you mean ${meant}?`]
      return name.startsWith('POSTHASTE_') ? [`${name} is not a setting.`] : []
    })
}
