/** The architecture holds: ranks, packages in their folders, no circles, sizes, a purpose in every file. And the check itself can fail. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type SourceFile, violationsIn } from './support/architecture.ts'
import { importsOf, readsEnvironment } from './support/imports.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

function sourcesUnder(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(ROOT, path).replaceAll(sep, '/'), text: readFileSync(path, 'utf8') }))
}

it('keeps every source file to the architecture', () => {
  const sources = ['core/src', 'shared/src', 'edge/src'].flatMap(sourcesUnder)
  expect(sources.length).toBeGreaterThan(50)
  expect(violationsIn(sources)).toEqual([])
})

describe('the check', () => {
  const source = (path: string, code = ''): SourceFile => ({ path, text: `/** Purpose. */\n${code}\n` })

  it.each([
    ['a lower rank that imports a higher one', 'core/src/store/queue.ts', "import { a } from '../queue/loop.ts'"],
    ['a sibling', 'core/src/queue/loop.ts', "import { a } from '../events/b.ts'"],
    ['a type of a sibling', 'core/src/queue/loop.ts', "import type { A } from '../events/b.ts'"],
    ['a value of the domain in its sibling', 'core/src/observe/log.ts', "import { a } from '../domain/ids.ts'"],
    ['an import over several lines', 'core/src/domain/a.ts', "import {\n  a,\n  b,\n} from '../mail/b.ts'"],
    ['an export from elsewhere', 'core/src/domain/a.ts', "export * from '../mail/b.ts'"],
    ['an import for its effects', 'core/src/domain/a.ts', "import '../mail/b.ts'"],
    ['an import at run time', 'core/src/domain/a.ts', "const b = await import('../mail/b.ts')"],
    ['another package of ours by name', 'shared/src/a.ts', "import { a } from '@posthaste/core/domain/ids.ts'"],
    ['edge that knows core', 'edge/src/app.ts', "import { a } from '@posthaste/core/domain/ids.ts'"],
    ['code that leans on tests', 'core/src/http/app.ts', "import { a } from '@posthaste/test/support/until.ts'"],
    ['code that leans on fixtures', 'core/src/net/dns.ts', "import { a } from './player.fixture.ts'"],
    ['anybody who imports main', 'core/src/compose.ts', "import { a } from './main.ts'"],
    ['node in shared', 'shared/src/a.ts', "import { createHmac } from 'node:crypto'"],
    ['drizzle outside of the store', 'core/src/http/app.ts', "import { eq } from 'drizzle-orm'"],
    ['mysql2 by a path', 'core/src/queue/loop.ts', "import type { Pool } from 'mysql2/promise'"],
    ['smtp-server outside of smtp', 'core/src/compose.ts', "import { SMTPServer } from 'smtp-server'"],
    ['nodemailer outside of net and mail', 'core/src/delivery/a.ts', "import c from 'nodemailer/lib/smtp-connection'"],
    ['name look-ups outside of net and mail', 'core/src/delivery/a.ts', "import dns from 'node:dns/promises'"],
    ['hono outside of http', 'core/src/smtp/a.ts', "import { Hono } from 'hono'"],
    ["hono's packages outside of http", 'core/src/compose.ts', "import { serve } from '@hono/node-server'"],
    ['a read of the environment', 'core/src/main.ts', 'const port = process.env.PORT'],
    ['a hidden read of the environment', 'core/src/main.ts', 'const { argv, env } = process'],
    ['a part that takes the whole configuration', 'core/src/http/app.ts', "import type { Config } from '../config/config.ts'"],
    ['a folder nobody has given a rank', 'core/src/helpers/a.ts', ''],
    ['a file that is too long', 'core/src/mail/a.ts', 'x\n'.repeat(300)],
  ])('finds %s', (_what, path, code) => {
    expect(violationsIn([source(path, code)])).toEqual([expect.stringContaining(path)])
  })

  it.each([
    ['a higher rank that imports a lower one', 'core/src/http/app.ts', "import { a } from '../store/a.ts'\nimport { Hono } from 'hono'"],
    ['imports within a folder', 'core/src/http/admin/a.tsx', "import { a } from '../errors.ts'"],
    ['shared from everywhere', 'edge/src/app.ts', "import { a } from '@posthaste/shared/tracking/token.ts'"],
    ['the edge app in http', 'core/src/http/app.ts', "import { a } from '@posthaste/edge/app.ts'"],
    ['types of the domain in its siblings', 'core/src/observe/log.ts', "import type { Outcome } from '../domain/delivery.ts'"],
    [
      'imports that are only spoken of',
      'core/src/domain/a.ts',
      "// import { a } from '../http/b.ts'\n/* process.env */\nconst a = 'process.env'",
    ],
    ['the environment in config', 'core/src/config/env.ts', 'export const read = () => process.env'],
    ['the configuration in compose', 'core/src/compose/core.ts', "import type { Config } from '../config/config.ts'"],
    ['long migrations', 'core/src/store/migrations/a.ts', 'x\n'.repeat(300)],
    ['what tests import', 'core/src/domain/a.test.ts', "import { a } from '@posthaste/test/support/until.ts'"],
    ['a package whose name only begins alike', 'core/src/domain/a.ts', "import a from 'mysql2x'"],
  ])('lets pass %s', (_what, path, code) => {
    expect(violationsIn([source(path, code)])).toEqual([])
  })

  it('finds a file without a purpose', () => {
    expect(violationsIn([{ path: 'core/src/mail/a.ts', text: 'export const a = 1\n' }])).toEqual([
      'core/src/mail/a.ts does not open with a doc comment',
    ])
  })

  it('finds circles, however long', () => {
    const ring = [
      source('core/src/mail/a.ts', "import { b } from './b.ts'"),
      source('core/src/mail/b.ts', "import type { C } from './deep/c.ts'"),
      source('core/src/mail/deep/c.ts', "export { a } from '../a.ts'"),
      source('core/src/mail/d.ts', "import { a } from './a.ts'"),
    ]
    expect(violationsIn(ring)).toEqual([
      'core/src/mail/a.ts and core/src/mail/b.ts and core/src/mail/deep/c.ts import each other in a circle',
    ])
    expect(violationsIn(ring.slice(1))).toEqual([])
  })

  it('reads imports beside quotes, templates and addresses', () => {
    const code = [
      "import a from 'a' // it's first",
      'const url = "https://x.test" + `from \'no\'`',
      'export { b } from "b"',
      "export type { C } from 'c'",
    ].join('\n')
    expect(importsOf(code)).toEqual([
      { specifier: 'a', typeOnly: false },
      { specifier: 'b', typeOnly: false },
      { specifier: 'c', typeOnly: true },
    ])
    expect(readsEnvironment('const a = process?.env')).toBe(true)
  })
})
