import { existsSync } from 'node:fs'
import { migrate } from '@posthaste/core/store/migrate.ts'
import { createConnection } from 'mysql2/promise'
import { expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase, unusedDatabase } from './database.ts'
import { startMariadb } from './mariadb.ts'

const tablesOf = async ({ db, options }: TestDatabase) => {
  const [rows] = await db.$client.query(
    `SELECT table_name AS name, table_collation AS collation, (SELECT COUNT(*) FROM information_schema.partitions p
       WHERE p.table_schema = t.table_schema AND p.table_name = t.table_name) AS partitions
     FROM information_schema.tables t WHERE table_schema = ? ORDER BY 1`,
    [options.database],
  )
  return rows
}

it('gives a file the very tables that a migration makes', async () => {
  await using copied = await createTestDatabase()
  await migrate(copied.options, new Date()) // would fail, or change something, if the copy did not know what it is
  const options = unusedDatabase()
  await migrate(options, new Date())
  const migrated = { ...copied, options }

  const tables = await tablesOf(copied)
  expect(tables).toContainEqual(expect.objectContaining({ name: 'messages', collation: 'utf8mb4_unicode_ci' }))
  expect(tables).toEqual(await tablesOf(migrated))
  await copied.db.$client.query('DROP DATABASE ??', [options.database])
})

it('copies the rows that migrations write', async () => {
  await using database = await createTestDatabase()
  const [rows] = await database.db.$client.query('SELECT COUNT(*) AS nodes FROM node_leases')
  expect(rows).toEqual([{ nodes: expect.toSatisfy((nodes: number) => nodes > 0) }])
})

it('keeps what one file writes from the next', async () => {
  await using first = await createTestDatabase()
  await using second = await createTestDatabase()
  expect(first.options.database).not.toBe(second.options.database)
  await first.db.$client.query('DELETE FROM node_leases')
  const [rows] = await second.db.$client.query('SELECT COUNT(*) > 0 AS kept FROM node_leases')
  expect(rows).toEqual([{ kept: 1 }])
})

it('leaves nothing behind', async () => {
  const database = await createTestDatabase()
  const { options } = database
  await database[Symbol.asyncDispose]()
  const server = await createConnection({ ...options.address, user: 'root', database: 'mysql' })
  const [rows] = await server.query('SHOW DATABASES LIKE ?', [options.database])
  await server.end()
  expect(rows).toEqual([])
})

it('brings a durable server back after a power cut, with all that was committed', async () => {
  const server = await startMariadb({ durable: true })
  {
    await using _ = server
    const write = await createConnection({ socketPath: server.socketPath, user: 'root' })
    write.on('error', () => undefined) // the cut
    await write.query('CREATE DATABASE kept')
    await write.query('CREATE TABLE kept.t (id INT PRIMARY KEY)')
    await write.query('INSERT INTO kept.t VALUES (7)')
    await server.kill()
    write.destroy()
    await server.restart()
    const read = await createConnection({ socketPath: server.socketPath, user: 'root' })
    const [rows] = await read.query('SELECT id FROM kept.t')
    await read.end()
    expect(rows).toEqual([{ id: 7 }])
  }
  expect(existsSync(server.directory)).toBe(false)
})
