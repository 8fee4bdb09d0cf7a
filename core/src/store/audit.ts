/** The record of who changed what, when and from where. Entries are added and read, never changed. */
import { and, desc, eq, lt } from 'drizzle-orm'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { auditEntries } from './schema/people.ts'

export type AuditEntry = typeof auditEntries.$inferSelect

export async function insertAuditEntry(tx: Queries, entry: AuditEntry): Promise<void> {
  await tx.insert(auditEntries).values(entry)
}

/** Newest first: `after` is the last id of the page before. Without an organization: those of the whole installation. */
export async function listAuditEntries(
  db: Queries,
  { organizationId, after, limit = PAGE_LIMIT }: PageAfter & { readonly organizationId?: number } = {},
): Promise<AuditEntry[]> {
  return db
    .select()
    .from(auditEntries)
    .where(
      and(
        organizationId === undefined ? undefined : eq(auditEntries.organizationId, organizationId),
        after === undefined ? undefined : lt(auditEntries.id, after),
      ),
    )
    .orderBy(desc(auditEntries.id))
    .limit(limit)
}
