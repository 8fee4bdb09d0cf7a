/** Addresses that a mail server must not mail. Addresses arrive here normalised (`domain/address.ts`). */
import { and, eq, gt, inArray, isNull, or } from 'drizzle-orm'
import type { Database, Transaction } from './database.ts'
import { suppressions } from './schema/mail.ts'

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
  await tx.query(
    `INSERT INTO suppressions (id, mail_server_id, address, reason, source, keep_until, created_at) VALUES ?
     ON DUPLICATE KEY UPDATE reason = VALUES(reason), source = VALUES(source), keep_until = VALUES(keep_until)`,
    [added.map((s) => [s.id, s.mailServerId, s.address, s.reason, s.source, s.keepUntil, s.createdAt])],
  )
}

/** The live suppressions among these addresses of one mail server. */
export async function findSuppressions(
  db: Database,
  mailServerId: number,
  addresses: readonly string[],
  now: Date,
): Promise<Suppression[]> {
  if (addresses.length === 0) return []
  return db
    .select()
    .from(suppressions)
    .where(
      and(
        eq(suppressions.mailServerId, mailServerId),
        inArray(suppressions.address, [...addresses]),
        or(isNull(suppressions.keepUntil), gt(suppressions.keepUntil, now)),
      ),
    )
}
