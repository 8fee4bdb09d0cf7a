/** A thing made from files is made again when, and only when, it would come out differently. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fingerprintOfContents, fingerprintOfTrees, stamped } from './stale.mjs'

let folder = ''
const file = (...parts: string[]) => join(folder, ...parts)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stale-'))
  mkdirSync(file('src'))
  writeFileSync(file('src', 'a.ts'), 'one')
  writeFileSync(file('src', 'b.ts'), 'two')
})

afterEach(() => rmSync(folder, { recursive: true }))

it('stays the same while nothing changes', () => {
  expect(fingerprintOfTrees([file('src')])).toBe(fingerprintOfTrees([file('src')]))
})

it.each<[string, () => void]>([
  ['an edit that keeps the size', () => utimesSync(file('src', 'a.ts'), 1, 1)],
  ['a new file', () => writeFileSync(file('src', 'c.ts'), '')],
  ['a removed file', () => rmSync(file('src', 'b.ts'))],
])('notices %s', (_change, act) => {
  const before = fingerprintOfTrees([file('src')])
  act()
  expect(fingerprintOfTrees([file('src')])).not.toBe(before)
})

it('does not look into what is installed or built', () => {
  const before = fingerprintOfTrees([folder])
  mkdirSync(file('node_modules'))
  writeFileSync(file('node_modules', 'x.js'), '')
  expect(fingerprintOfTrees([folder])).toBe(before)
})

it('goes by content where content counts, so that a fresh checkout installs nothing twice', () => {
  const before = fingerprintOfContents([file('src', 'a.ts')])
  utimesSync(file('src', 'a.ts'), 1, 1)
  expect(fingerprintOfContents([file('src', 'a.ts')])).toBe(before)
  writeFileSync(file('src', 'a.ts'), 'new')
  expect(fingerprintOfContents([file('src', 'a.ts')])).not.toBe(before)
})

it('tells another version of the tools apart', () => {
  expect(fingerprintOfContents([file('src', 'a.ts')], '24')).not.toBe(fingerprintOfContents([file('src', 'a.ts')], '26'))
})

it('trusts no stamp that is missing or differs', () => {
  expect(stamped(file('stamp'), 'x')).toBe(false)
  writeFileSync(file('stamp'), 'y')
  expect(stamped(file('stamp'), 'x')).toBe(false)
  writeFileSync(file('stamp'), 'x')
  expect(stamped(file('stamp'), 'x')).toBe(true)
})
