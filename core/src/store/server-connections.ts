/** Who else is connected to the database server. */
import type { Database } from './database.ts'

/** Clients only: the server's own threads have no host. */
export async function otherConnections(db: Database): Promise<number> {
  const [rows] = await db.$client.query(
    `SELECT COUNT(*) AS others FROM information_schema.processlist
     WHERE id <> CONNECTION_ID() AND command <> 'Daemon' AND user <> 'system user'`,
  )
  const [row] = rows as unknown as { others: number }[] // the shape is that of the SELECT above
  return row?.others ?? 0
}
