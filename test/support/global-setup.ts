/** Before all tests: one MariaDB for the whole run, however many projects take part, and the schema as SQL to be copied from. */
import type { TestProject } from 'vitest/node'
import { type Mariadb, startMariadb } from './mariadb.ts'
import { makeTemplate, type Template } from './schema-template.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    mariadb: Template
  }
}

type Shared = { users: number; readonly server: Promise<Mariadb>; readonly template: Promise<Template> }

/** Every project loads its own copy of this module, so they meet in `globalThis`. */
const KEY = Symbol.for('posthaste.test.mariadb')
const meeting = globalThis as { [KEY]?: Shared | undefined } // anything may be hung there; the key is ours alone

/** @public vitest calls it by the configuration's word. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  meeting[KEY] ??= start()
  const shared = meeting[KEY]
  shared.users += 1
  project.provide('mariadb', await shared.template)
  return async () => {
    shared.users -= 1
    if (shared.users > 0) return
    meeting[KEY] = undefined
    await (await shared.server)[Symbol.asyncDispose]()
  }
}

function start(): Shared {
  const server = startMariadb()
  return { users: 0, server, template: server.then(({ socketPath }) => makeTemplate(socketPath)) }
}
