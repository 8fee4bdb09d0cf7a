/** A database of its own for each test file, with all tables, in a few hundredths of a second. */
import { randomBytes } from 'node:crypto'
import { type Database, type DatabaseOptions, openDatabase } from '@posthaste/core/store/database.ts'
import { createConnection } from 'mysql2/promise'
import { inject } from 'vitest'
import type {} from './global-setup.ts' // declares what is provided

export type TestDatabase = AsyncDisposable & {
  readonly db: Database
  /** For whatever opens its own connections: a second pool, a process under test. */
  readonly options: DatabaseOptions & { readonly database: string; readonly address: { readonly socketPath: string } }
}

/** Options for a database that does not exist yet, on the server that all tests share. */
export function unusedDatabase(): TestDatabase['options'] {
  const database = `test_${randomBytes(8).toString('hex')}`
  return { address: { socketPath: inject('mariadb').socketPath }, user: 'root', database, connectionsMax: 8 }
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const options = unusedDatabase()
  await fill(options.database)
  const db = openDatabase(options)
  return {
    db,
    options,
    [Symbol.asyncDispose]: async () => {
      await db.$client.query('DROP DATABASE ??', [options.database])
      await db[Symbol.asyncDispose]()
    },
  }
}

async function fill(database: string): Promise<void> {
  const template = inject('mariadb')
  const copies = template.tablesWithRows.map((table) => `INSERT INTO \`${table}\` SELECT * FROM \`${template.database}\`.\`${table}\``)
  const server = await createConnection({ socketPath: template.socketPath, user: 'root', multipleStatements: true })
  try {
    await server.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; USE ${database};
      SET foreign_key_checks = 0;\n${[template.createTables, ...copies].join(';\n')}`)
  } finally {
    await server.end()
  }
}
