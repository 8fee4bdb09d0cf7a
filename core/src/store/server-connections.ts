/** Who else is connected to the database server. */
import type { Database } from './database.ts'
import { select } from './select.ts'

/** Clients only: the server's own threads have no host. */
export async function otherConnections(db: Database): Promise<number> {
  const rows = await select<{ others: number }>(
    db.$client,
    `SELECT COUNT(*) AS others FROM information_schema.processlist
     WHERE id <> CONNECTION_ID() AND command <> 'Daemon' AND user <> 'system user'`,
  )
  const [row] = rows
  return row?.others ?? 0
}
