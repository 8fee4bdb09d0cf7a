/** The hosts that tracking links of a mail server point to, one for each sending domain. */
import { and, asc, eq, gt, isNull, lte, or } from 'drizzle-orm'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { trackingDomains } from './schema/tenants.ts'

export type TrackingDomainRecord = typeof trackingDomains.$inferSelect
export type NewTrackingDomain = typeof trackingDomains.$inferInsert

export async function insertTrackingDomain(db: Queries, domain: NewTrackingDomain): Promise<void> {
  await db.insert(trackingDomains).values(domain)
}

export async function findTrackingDomain(db: Queries, id: number): Promise<TrackingDomainRecord | undefined> {
  const [row] = await db.select().from(trackingDomains).where(eq(trackingDomains.id, id))
  return row
}

export async function findTrackingDomainOf(
  db: Queries,
  mailServerId: number,
  by: { readonly uuid: string } | { readonly host: string },
): Promise<TrackingDomainRecord | undefined> {
  const one = 'uuid' in by ? eq(trackingDomains.uuid, by.uuid) : eq(trackingDomains.host, by.host)
  const [row] = await db
    .select()
    .from(trackingDomains)
    .where(and(eq(trackingDomains.mailServerId, mailServerId), one))
  return row
}

/** In order of age. */
export async function listTrackingDomains(
  db: Queries,
  { mailServerId, domainId, after = 0, limit = PAGE_LIMIT }: PageAfter & { readonly mailServerId: number; readonly domainId?: number },
): Promise<TrackingDomainRecord[]> {
  const ofDomain = domainId === undefined ? undefined : eq(trackingDomains.domainId, domainId)
  return db
    .select()
    .from(trackingDomains)
    .where(and(eq(trackingDomains.mailServerId, mailServerId), ofDomain, gt(trackingDomains.id, after)))
    .orderBy(asc(trackingDomains.id))
    .limit(limit)
}

/** Those last looked at before a time, or never, oldest first. */
export async function trackingDomainsToCheck(
  db: Queries,
  { before, limit }: { before: Date; limit: number },
): Promise<TrackingDomainRecord[]> {
  return db
    .select()
    .from(trackingDomains)
    .where(or(isNull(trackingDomains.dnsCheckedAt), lte(trackingDomains.dnsCheckedAt, before)))
    .orderBy(asc(trackingDomains.dnsCheckedAt))
    .limit(limit)
}

export type TrackingDomainChange = Partial<
  Pick<
    TrackingDomainRecord,
    'tls' | 'trackClicks' | 'trackOpens' | 'offerUnsubscribe' | 'excludedClickDomains' | 'dnsCheckedAt' | 'dnsStatus' | 'dnsError'
  >
>

export async function updateTrackingDomain(db: Queries, id: number, changes: TrackingDomainChange): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(trackingDomains).set(changes).where(eq(trackingDomains.id, id))
}

export async function deleteTrackingDomain(db: Queries, id: number): Promise<void> {
  await db.delete(trackingDomains).where(eq(trackingDomains.id, id))
}

/** Whether links of any mail server point to this host, however its DNS is. */
export async function isTrackingHost(db: Queries, host: string): Promise<boolean> {
  const [row] = await db.select({ id: trackingDomains.id }).from(trackingDomains).where(eq(trackingDomains.host, host)).limit(1)
  return row !== undefined
}
