/** The migrated schema, read once as CREATE statements: applying those to a new database is many times faster than migrating it. */
import { migrate } from '@posthaste/core/store/migrate.ts'
import { type Connection, createConnection } from 'mysql2/promise'

export type Template = {
  readonly socketPath: string
  /** The migrated database itself, to copy the rows from that migrations write. */
  readonly database: string
  readonly createTables: string
  readonly tablesWithRows: readonly string[]
}

const DATABASE = 'template'

export async function makeTemplate(socketPath: string): Promise<Template> {
  await migrate({ address: { socketPath }, user: 'root', database: DATABASE, connectionsMax: 1 }, new Date())
  const db = await createConnection({ socketPath, user: 'root', database: DATABASE })
  try {
    const tables = await texts(db, 'SHOW TABLES', 0)
    const statements = []
    const tablesWithRows = []
    for (const table of tables) {
      statements.push(...(await texts(db, `SHOW CREATE TABLE \`${table}\``, 1)))
      if ((await texts(db, `SELECT 1 FROM \`${table}\` LIMIT 1`, 0)).length > 0) tablesWithRows.push(table)
    }
    return { socketPath, database: DATABASE, createTables: statements.join(';\n'), tablesWithRows }
  } finally {
    await db.end()
  }
}

/** One column of an answer. */
async function texts(db: Connection, sql: string, column: number): Promise<string[]> {
  const [rows] = await db.query({ sql, rowsAsArray: true })
  return (rows as unknown as unknown[][]).map((row) => String(row[column])) // arrays, by `rowsAsArray`
}
