/** Code that was moved into one file still finds what lies beside its source. */
import { expect, it } from 'vitest'
import { placed } from './build.mjs'

const source = "read(new URL('./migrations', import.meta.url))"

it('finds a folder beside a module, from the bundle in dist', () => {
  const moved = placed(source, { module: 'store/migrate.ts', entry: 'main.ts' })
  expect(moved).toBe(`read(new URL('./migrations', new URL("store/migrate.ts", import.meta.url).href))`)
})

it('finds it from the bundle in dist/cli too', () => {
  expect(placed(source, { module: 'store/migrate.ts', entry: 'cli/main.ts' })).toContain('new URL("../store/migrate.ts", import.meta.url)')
})

it('moves folders like files', () => {
  expect(placed('import.meta.dirname', { module: 'store/migrate.ts', entry: 'cli/main.ts' })).toBe('(import.meta.dirname + "/../store")')
  expect(placed('import.meta.dirname', { module: 'cli/main.ts', entry: 'cli/main.ts' })).toBe('(import.meta.dirname + "/.")')
})

it('runs no module as a program but the entry', () => {
  expect(placed('if (import.meta.main) go()', { module: 'config/docs.ts', entry: 'cli/main.ts' })).toBe('if (false) go()')
  expect(placed('if (import.meta.main) go()', { module: 'main.ts', entry: 'main.ts' })).toBe('if (import.meta.main) go()')
})
