/** All settings by name, with the spelling of each as an environment variable. */
import type { Setting } from './setting.ts'
import { POSTAL_SETTINGS } from './settings-postal.ts'
import { POSTHASTE_SETTINGS, PROCESS_SETTINGS } from './settings-posthaste.ts'

export const SETTINGS = { ...POSTAL_SETTINGS, ...POSTHASTE_SETTINGS, ...PROCESS_SETTINGS }

export type SettingName = keyof typeof SETTINGS
export type SettingValue<N extends SettingName> = (typeof SETTINGS)[N] extends Setting<infer T> ? T : never

export const isSettingName = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name)

// Object.keys forgets the type of literal objects.
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]

/** `main_db.host` is `MAIN_DB_HOST` in the environment. */
export const variableOf = (name: string): string => name.replace('.', '_').toUpperCase()

/** What someone wrote for a setting, and how he spelled its name. */
export type Given = { readonly value: unknown; readonly spelledAs: string }
export type Source = { readonly values: ReadonlyMap<SettingName, Given>; readonly warnings: readonly string[] }
