/** Who else is connected to the database server. */
import type { Database } from './database.ts'
import { select } from './select.ts'

/** Clients only: the server's own threads have no host. */
export async function otherConnections(db: Database): Promise<number> {
  const [row] = await select<{ others: number }>(
    db.$client,
    `SELECT COUNT(*) AS others FROM information_schema.processlist
     WHERE id <> CONNECTION_ID() AND command <> 'Daemon' AND user <> 'system user'`,
  )
  return row?.others ?? 0
}
