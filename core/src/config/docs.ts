/** Writes the tables of docs/configuration.md from the settings themselves: `node core/src/config/docs.ts`. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Setting } from './setting.ts'
import { SETTING_NAMES, SETTINGS, type SettingName, variableOf } from './settings.ts'

export const DOCS_PATH = new URL('../../../docs/configuration.md', import.meta.url)

const BEGIN = '<!-- settings: written by core/src/config/docs.ts -->'
const END = '<!-- end of settings -->'

/** Everything between the two marks is ours, the rest of the page is prose. */
export function withSettings(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN)
  const after = rest.split(END)[1] ?? '\n'
  return `${before}${BEGIN}\n\n${renderSettings()}\n${END}${after}`
}

function renderSettings(): string {
  const groups = Map.groupBy(SETTING_NAMES, groupOf)
  return [...groups].map(([group, names]) => `### ${group}\n\n${renderGroup(names)}\n`).join('\n')
}

const groupOf = (name: SettingName) => (name.includes('.') ? `\`${name.split('.')[0]}\`` : 'Only in the environment')

function renderGroup(names: readonly SettingName[]): string {
  const rows = names.map((name) => {
    const { kind, shownDefault, meaning }: Setting<unknown> = SETTINGS[name]
    const cells = [name.includes('.') ? `\`${name}\`` : '', `\`${variableOf(name)}\``, kind?.name ?? '', shownDefault, meaning]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return ['| Key | Variable | Value | Default | Meaning |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')
}

if (import.meta.main) await writeFile(DOCS_PATH, withSettings(await readFile(DOCS_PATH, 'utf8')))
