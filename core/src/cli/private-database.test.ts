import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DatabaseOptions, openDatabase } from '../store/database.ts'
import { startPrivateServer } from '../store/private-server.ts'
import { openPrivateDatabase } from './private-database.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'posthaste-private-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function runs({ database: _none, ...options }: DatabaseOptions): Promise<boolean> {
  await using db = openDatabase(options)
  return await db.$client.query('SELECT 1').then(
    () => true,
    () => false,
  )
}

it('stops the server that it started, and none that others use or have started', { timeout: 120_000 }, async () => {
  const alone = await openPrivateDatabase(directory)
  expect(await runs(alone.options)).toBe(true)
  await alone[Symbol.asyncDispose]()
  expect(await runs(alone.options)).toBe(false)

  const shared = await openPrivateDatabase(directory)
  const { database: _none, ...options } = shared.options
  const other = openDatabase(options)
  await other.$client.query('SELECT 1')
  await shared[Symbol.asyncDispose]()
  expect(await runs(shared.options)).toBe(true)
  await other[Symbol.asyncDispose]()

  const found = await openPrivateDatabase(directory)
  await found[Symbol.asyncDispose]()
  expect(await runs(found.options)).toBe(true)
  await (await startPrivateServer({ directory })).stop()
  expect(await runs(found.options)).toBe(false)
})
