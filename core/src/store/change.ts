/** Changes control tables: one transaction for the change and its audit entry, tried again when it lost a conflict. */
import type { MySqlDatabase } from 'drizzle-orm/mysql-core'
import type { MySql2PreparedQueryHKT, MySql2QueryResultHKT } from 'drizzle-orm/mysql2'
import type { Database } from './database.ts'
import { isConflict } from './faults.ts'

/** What queries of control tables take: the database, or a transaction in it. */
export type Queries = MySqlDatabase<MySql2QueryResultHKT, MySql2PreparedQueryHKT>

const TRIES_MAX = 5

/** `work` may run more than once and must therefore do nothing but talk to the database. */
export async function change<T>(db: Database, work: (tx: Queries) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction(work)
    } catch (fault) {
      if (!isConflict(fault) || tries >= TRIES_MAX) throw fault
    }
  }
}

/** Pages by key: each starts after the last id of the one before. */
export type PageAfter = { readonly after?: number; readonly limit?: number }

export const PAGE_LIMIT = 50
