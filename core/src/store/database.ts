/** Opens the database: drizzle for reading and for control tables, the bare connection for writing mail in bulk. */
import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2'
import { createPool, type Pool, type PoolConnection, type PoolOptions } from 'mysql2/promise'

/** What queries take as their first argument. `$client` is the pool below it, for `inTransaction`. */
export type Database = MySql2Database & { readonly $client: Pool }

/** One connection inside a transaction, for statements that write many rows at a time. */
export type Transaction = PoolConnection

export type Address = { readonly socketPath: string } | { readonly host: string; readonly port: number }

export type DatabaseOptions = {
  readonly address: Address
  readonly user: string
  readonly password?: string
  readonly database?: string
  readonly connectionsMax: number
}

/** READ COMMITTED takes no gap locks, so that claiming and accepting do not wait for each other. */
const SESSION_SETTINGS = [
  "SET SESSION time_zone = '+00:00', SESSION sql_mode = 'STRICT_ALL_TABLES'",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
]

export function poolOptions({ address, user, password, database, connectionsMax }: DatabaseOptions): PoolOptions {
  return {
    ...address,
    user,
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    connectionLimit: connectionsMax,
    charset: 'utf8mb4_unicode_ci',
    timezone: 'Z',
    supportBigNumbers: true,
    connectTimeout: 10_000,
    maxPreparedStatements: 200,
  }
}

/** Opens a pool; connections are made when first needed, so that a database which is away does not stop a start. */
export function openDatabase(options: DatabaseOptions): Database & AsyncDisposable {
  const pool = createPool(poolOptions(options))
  pool.pool.on('connection', (connection) => {
    // A connection that cannot take its settings is broken; its first query fails and the pool drops it.
    for (const setting of SESSION_SETTINGS) connection.query(setting, () => undefined)
  })
  const db = drizzle(pool, DRIZZLE)
  return Object.assign(db, { [Symbol.asyncDispose]: () => pool.end() })
}

const DRIZZLE = { mode: 'planetscale', casing: 'snake_case' } as const

/** Control tables inside a transaction of mail tables, as for an audit entry beside what it tells of. */
export const queriesOn = (tx: Transaction) => drizzle(tx, DRIZZLE)
