/** The committed documentation follows the settings. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { DOCS_PATH, withSettings } from './docs.ts'
import { SETTING_NAMES, variableOf } from './settings.ts'

it('docs/configuration.md is what the settings say; if not, run node core/src/config/docs.ts', async () => {
  const page = await readFile(DOCS_PATH, 'utf8')
  expect(page).toBe(withSettings(page))
})

it('documents every setting under both of its names', async () => {
  const page = await readFile(DOCS_PATH, 'utf8')
  for (const name of SETTING_NAMES) expect(page).toContain(`| \`${variableOf(name)}\` |`)
})
