/** Addresses that a mail server must not mail. Addresses arrive here normalised (`domain/address.ts`). */
import { and, asc, eq, gt, isNull, like, or, sql } from 'drizzle-orm'
import type { SuppressionSource } from '../domain/suppression.ts'
import { PAGE_LIMIT, type Queries } from './change.ts'
import type { Database, Transaction } from './database.ts'
import { suppressions } from './schema/mail.ts'
import type { Statement } from './transaction.ts'

export type Suppression = {
  readonly id: number
  readonly mailServerId: number
  readonly address: string
  readonly reason: string
  readonly source: SuppressionSource
  /** Null for ever. */
  readonly keepUntil: Date | null
  readonly createdAt: Date
}

export type NewSuppression = Suppression

export async function addSuppressions(tx: Transaction, added: readonly NewSuppression[]): Promise<void> {
  if (added.length === 0) return
  const [statement, values] = suppressionStatement(added)
  await tx.query(statement, [...values])
}

/**
 * Adds or renews what failures tell: the newest reason counts, and the later end. What is for ever stays as it is.
 * Assignments run from left to right: `keep_until` changes last.
 */
export const suppressionStatement = (added: readonly NewSuppression[]): Statement => [
  `INSERT INTO suppressions (id, mail_server_id, address, reason, source, keep_until, created_at) VALUES ?
   ON DUPLICATE KEY UPDATE
     reason = IF(keep_until IS NULL AND VALUES(keep_until) IS NOT NULL, reason, VALUES(reason)),
     source = IF(keep_until IS NULL AND VALUES(keep_until) IS NOT NULL, source, VALUES(source)),
     keep_until = GREATEST(keep_until, VALUES(keep_until))`, // null when either is
  [added.map((s) => [s.id, s.mailServerId, s.address, s.reason, s.source, s.keepUntil, s.createdAt])],
]

/** Adds or replaces what people say. */
export async function putSuppressions(tx: Queries, put: readonly NewSuppression[]): Promise<void> {
  if (put.length === 0) return
  await tx
    .insert(suppressions)
    .values([...put])
    .onDuplicateKeyUpdate({
      set: {
        reason: sql`values(reason)`,
        source: sql`values(source)`,
        keepUntil: sql`values(keep_until)`,
        createdAt: sql`values(created_at)`,
      },
    })
}

type Recipient = Pick<Suppression, 'mailServerId' | 'address'>

export const unsuppressionStatement = (removed: readonly Recipient[]): Statement => [
  'DELETE FROM suppressions WHERE (mail_server_id, address) IN (?)',
  [removed.map(({ mailServerId, address }) => [mailServerId, address])],
]

/** @returns false when it was not there */
export async function removeSuppression(tx: Queries, { mailServerId, address }: Recipient): Promise<boolean> {
  const [result] = await tx.delete(suppressions).where(and(eq(suppressions.mailServerId, mailServerId), eq(suppressions.address, address)))
  return result.affectedRows > 0
}

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

export type SuppressionPage = {
  readonly mailServerId: number
  readonly now: Date
  /** The last address of the page before. */
  readonly after?: string
  readonly limit?: number
  /** Part of the address. */
  readonly search?: string
}

/** Live ones in order of address. */
export async function listSuppressions(
  db: Database,
  { mailServerId, now, after, search, limit = PAGE_LIMIT }: SuppressionPage,
): Promise<Suppression[]> {
  const found = await db
    .select()
    .from(suppressions)
    .where(
      and(
        eq(suppressions.mailServerId, mailServerId),
        after === undefined ? undefined : gt(suppressions.address, after),
        search === undefined ? undefined : like(suppressions.address, `%${search.replaceAll(/[%_\\]/g, '\\$&')}%`),
        live(now),
      ),
    )
    .orderBy(asc(suppressions.address))
    .limit(limit)
  return asSuppressions(found)
}

const live = (now: Date) => or(isNull(suppressions.keepUntil), gt(suppressions.keepUntil, now))

const asSuppressions = (rows: readonly (typeof suppressions.$inferSelect)[]): Suppression[] => rows as Suppression[] // source as `Suppression` writes it
