/** Domains of mail servers and organizations, and the keys that sign for them. */
import { and, asc, eq, gt, inArray, isNotNull, isNull, lt, lte, or } from 'drizzle-orm'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { additionalEndpoints, routes } from './schema/routes.ts'
import { dkimKeys, domains, trackingDomains } from './schema/tenants.ts'

export type Domain = typeof domains.$inferSelect
export type NewDomain = typeof domains.$inferInsert
export type StoredDkimKey = typeof dkimKeys.$inferSelect
export type NewDkimKey = typeof dkimKeys.$inferInsert

/** `mailServerId` is null for the domains that all mail servers of the organization share. */
export type DomainOwner = { readonly organizationId: number; readonly mailServerId: number | null }

const ownedBy = ({ organizationId, mailServerId }: DomainOwner) =>
  and(
    eq(domains.organizationId, organizationId),
    mailServerId === null ? isNull(domains.mailServerId) : eq(domains.mailServerId, mailServerId),
  )

export async function insertDomain(db: Queries, domain: NewDomain, keys: readonly NewDkimKey[]): Promise<void> {
  await db.insert(domains).values(domain)
  await insertDkimKeys(db, keys)
}

export async function findDomain(db: Queries, id: number): Promise<Domain | undefined> {
  const [row] = await db.select().from(domains).where(eq(domains.id, id))
  return row
}

export async function findDomainOf(db: Queries, owner: DomainOwner, by: { uuid: string } | { name: string }): Promise<Domain | undefined> {
  const one = 'uuid' in by ? eq(domains.uuid, by.uuid) : eq(domains.name, by.name)
  const [row] = await db
    .select()
    .from(domains)
    .where(and(ownedBy(owner), one))
  return row
}

/** In order of age. */
export async function listDomains(db: Queries, { after = 0, limit = PAGE_LIMIT, ...owner }: PageAfter & DomainOwner): Promise<Domain[]> {
  return db
    .select()
    .from(domains)
    .where(and(ownedBy(owner), gt(domains.id, after)))
    .orderBy(asc(domains.id))
    .limit(limit)
}

/** A domain that a mail server may use: its own before its organization's. */
export async function findUsableDomain(
  db: Queries,
  { organizationId, mailServerId }: DomainOwner,
  name: string,
): Promise<Domain | undefined> {
  const rows = await db
    .select()
    .from(domains)
    .where(
      and(
        eq(domains.organizationId, organizationId),
        or(isNull(domains.mailServerId), mailServerId === null ? undefined : eq(domains.mailServerId, mailServerId)),
        eq(domains.name, name),
      ),
    )
  return rows.find((row) => row.mailServerId !== null) ?? rows[0]
}

/** Whether another organization has proved that the domain is its own. All rows of that name are locked. */
export async function verifiedElsewhere(tx: Queries, { organizationId, name }: { organizationId: number; name: string }): Promise<boolean> {
  const rows = await tx
    .select({ id: domains.id, organizationId: domains.organizationId, verifiedAt: domains.verifiedAt })
    .from(domains)
    .where(eq(domains.name, name))
    .orderBy(asc(domains.id))
    .for('update')
  return rows.some((row) => row.verifiedAt !== null && row.organizationId !== organizationId)
}

/** Domains whose DNS was last looked at before a time, or never, oldest first. */
export async function domainsToCheck(db: Queries, { before, limit }: { before: Date; limit: number }): Promise<Domain[]> {
  return db
    .select()
    .from(domains)
    .where(and(isNotNull(domains.verifiedAt), or(isNull(domains.dnsCheckedAt), lte(domains.dnsCheckedAt, before))))
    .orderBy(asc(domains.dnsCheckedAt))
    .limit(limit)
}

export type DomainChange = Partial<Omit<Domain, 'id' | 'organizationId' | 'mailServerId' | 'uuid' | 'name' | 'createdAt'>>

export async function updateDomain(db: Queries, id: number, changes: DomainChange): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(domains).set(changes).where(eq(domains.id, id))
}

/** With everything that cannot be without it: keys, routes, tracking domains. */
export async function deleteDomain(tx: Queries, id: number): Promise<void> {
  await tx.select({ id: domains.id }).from(domains).where(eq(domains.id, id)).for('update') // no new route meanwhile
  const own = await tx.select({ id: routes.id }).from(routes).where(eq(routes.domainId, id))
  const routeIds = own.map((row) => row.id)
  if (routeIds.length > 0) await tx.delete(additionalEndpoints).where(inArray(additionalEndpoints.routeId, routeIds))
  await tx.delete(routes).where(eq(routes.domainId, id))
  await tx.delete(trackingDomains).where(eq(trackingDomains.domainId, id))
  await tx.delete(dkimKeys).where(eq(dkimKeys.domainId, id))
  await tx.delete(domains).where(eq(domains.id, id))
}

export async function insertDkimKeys(db: Queries, keys: readonly NewDkimKey[]): Promise<void> {
  if (keys.length > 0) await db.insert(dkimKeys).values([...keys])
}

/** Those that are not retired, oldest first; those of the installation for null. */
export async function listLiveDkimKeys(db: Queries, domainId: number | null): Promise<StoredDkimKey[]> {
  return db
    .select()
    .from(dkimKeys)
    .where(and(domainId === null ? isNull(dkimKeys.domainId) : eq(dkimKeys.domainId, domainId), isNull(dkimKeys.retiredAt)))
    .orderBy(asc(dkimKeys.id))
}

export async function setPublished(db: Queries, keyIds: readonly number[], publishedAt: Date | null): Promise<void> {
  if (keyIds.length > 0)
    await db
      .update(dkimKeys)
      .set({ publishedAt })
      .where(inArray(dkimKeys.id, [...keyIds]))
}

/** Older keys of one algorithm give way to a newer one. */
export async function retireOlderKeys(db: Queries, newer: StoredDkimKey, retiredAt: Date): Promise<void> {
  const same = and(eq(dkimKeys.domainId, newer.domainId ?? 0), eq(dkimKeys.algorithm, newer.algorithm), lt(dkimKeys.id, newer.id))
  await db
    .update(dkimKeys)
    .set({ retiredAt })
    .where(and(same, isNull(dkimKeys.retiredAt)))
}
