/** Brings the schema up to date at start, under a lock, so that processes starting at once do not do it twice. */
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/mysql2'
import { migrate as runMigrations } from 'drizzle-orm/mysql2/migrator'
import { createConnection } from 'mysql2/promise'
import { type DatabaseOptions, poolOptions } from './database.ts'
import { ensureDays } from './partitions.ts'

/** Beside this file in the tree, beside the bundle when built. */
const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url))
const LOCK_WAIT_SECONDS = 300

/** Creates the database when it is missing and applies the migrations that it lacks. Safe to call from several processes at once. */
export async function migrate(options: DatabaseOptions, now: Date): Promise<void> {
  const { database = 'posthaste', ...server } = options
  const { connectionLimit: _limit, ...connection } = poolOptions({ ...server, connectionsMax: 1 })
  const client = await createConnection(connection)
  try {
    await client.query('CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci', [database])
    await client.query('USE ??', [database])
    await client.query(`DO GET_LOCK(CONCAT('posthaste migrate ', DATABASE()), ?)`, [LOCK_WAIT_SECONDS])
    await runMigrations(drizzle(client), { migrationsFolder: MIGRATIONS })
    await ensureDays(client, now)
  } finally {
    await client.end() // which frees the lock
  }
}
