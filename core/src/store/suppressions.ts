/** Addresses that a mail server must not mail. Addresses arrive here normalised (`domain/address.ts`). */
import type { Database, Transaction } from './database.ts'
import type { Statement } from './transaction.ts'

export type NewSuppression = {
  readonly id: number
  readonly mailServerId: number
  readonly address: string
  readonly reason: string
  readonly source: string
  readonly keepUntil: Date | null
  readonly createdAt: Date
}

export type Suppression = NewSuppression

/** Adds or renews: the newest reason and the newest end count. */
export async function addSuppressions(tx: Transaction, added: readonly NewSuppression[]): Promise<void> {
  if (added.length === 0) return
  const [sql, values] = suppressionStatement(added)
  await tx.query(sql, [...values])
}

export const suppressionStatement = (added: readonly NewSuppression[]): Statement => [
  `INSERT INTO suppressions (id, mail_server_id, address, reason, source, keep_until, created_at) VALUES ?
   ON DUPLICATE KEY UPDATE reason = VALUES(reason), source = VALUES(source), keep_until = VALUES(keep_until)`,
  [added.map((s) => [s.id, s.mailServerId, s.address, s.reason, s.source, s.keepUntil, s.createdAt])],
]

/** The live suppressions among these addresses of one mail server. */
export async function findSuppressions(
  db: Database,
  mailServerId: number,
  addresses: readonly string[],
  now: Date,
): Promise<Suppression[]> {
  if (addresses.length === 0) return []
  const [rows] = await db.$client.query(
    `SELECT id, mail_server_id AS mailServerId, address, reason, source, keep_until AS keepUntil, created_at AS createdAt
     FROM suppressions WHERE mail_server_id = ? AND address IN (?) AND (keep_until IS NULL OR keep_until > ?)`,
    [mailServerId, addresses, now],
  )
  return rows as unknown as Suppression[] // as selected
}
