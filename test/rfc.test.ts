/** docs/rfc.md names every standard that the code cites, and none that it does not. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const numbersIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].flatMap(([, number]) => number ?? [])

it('lists exactly the RFCs that the code cites', () => {
  const sources = globSync(['core/src/**/*.{ts,tsx}', 'edge/src/**/*.ts', 'shared/src/**/*.ts'], { cwd: ROOT })
    .filter((file) => !/\.(test|fixture)\.tsx?$/.test(file))
    .map((file) => readFileSync(`${ROOT}/${file}`, 'utf8'))
  const cited = new Set(sources.flatMap((text) => numbersIn(text, /\bRFC (\d{3,5})\b/g)))
  const listed = new Set(numbersIn(readFileSync(`${ROOT}/docs/rfc.md`, 'utf8'), /^\| \[(\d+)\]/gm))
  expect([...listed].sort()).toEqual([...cited].sort())
})
