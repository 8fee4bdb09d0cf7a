/** The command line on a real database with one mail server, for tests of commands. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@posthaste/test/support/database.ts'
import { expect } from 'vitest'
import { openCli } from './open.ts'
import { EXIT, run } from './run.ts'

export type Said = { readonly code: number; readonly out: string; readonly err: string }

export async function startCliFixture() {
  const database = await createTestDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'posthaste-cli-'))
  await writeFile(join(directory, 'master.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
  const env = {
    POSTHASTE_DATABASE_SOCKET_PATH: database.options.address.socketPath,
    MAIN_DB_USERNAME: database.options.user,
    MAIN_DB_DATABASE: database.options.database,
    POSTHASTE_DATA_DIR: directory,
    POSTHASTE_DNS_RESOLVERS: '127.0.0.1:9',
    SILENCE_POSTAL_CONFIG_MESSAGES: 'true',
  }
  const clock = () => new Date()
  const posthaste = async (line: string): Promise<Said> => {
    const said = { out: '', err: '' }
    const out = (text: string) => {
      said.out += text
    }
    const err = (text: string) => {
      said.err += text
    }
    const open = () => openCli({ clock, tell: () => undefined, env, cwd: directory })
    const code = await run(line.split(' '), { io: { out, err, ask: undefined }, open, clock, version: '9.9.9' })
    return { code, ...said }
  }
  return {
    database,
    directory,
    posthaste,
    /** The answer of a command that must succeed. */
    answer: async (line: string) => {
      const { code, out, err } = await posthaste(`${line} --json`)
      expect([code, err]).toEqual([EXIT.done, ''])
      return JSON.parse(out)
    },
    [Symbol.asyncDispose]: async () => {
      await rm(directory, { recursive: true })
      await database[Symbol.asyncDispose]()
    },
  }
}
