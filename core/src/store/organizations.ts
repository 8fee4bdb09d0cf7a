/** Organizations: the tenants. What is deleted is not found. */
import { and, asc, eq, gt, inArray, isNull, like } from 'drizzle-orm'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { memberships } from './schema/people.ts'
import { organizations } from './schema/tenants.ts'

export type Organization = typeof organizations.$inferSelect
export type NewOrganization = typeof organizations.$inferInsert
export type OrganizationName = { readonly id: number } | { readonly uuid: string } | { readonly permalink: string }

const named = (name: OrganizationName) => {
  if ('id' in name) return eq(organizations.id, name.id)
  return 'uuid' in name ? eq(organizations.uuid, name.uuid) : eq(organizations.permalink, name.permalink)
}

export async function insertOrganization(db: Queries, organization: NewOrganization): Promise<void> {
  await db.insert(organizations).values(organization)
}

export async function findOrganization(db: Queries, name: OrganizationName): Promise<Organization | undefined> {
  const [row] = await db
    .select()
    .from(organizations)
    .where(and(named(name), isNull(organizations.deletedAt)))
  return row
}

/** Until the transaction ends nobody else adds to what this organization owns. */
export async function lockOrganization(tx: Queries, id: number): Promise<Organization | undefined> {
  const [row] = await tx
    .select()
    .from(organizations)
    .where(and(eq(organizations.id, id), isNull(organizations.deletedAt)))
    .for('update')
  return row
}

/** In order of age; those of one user when it is named. */
export async function listOrganizations(
  db: Queries,
  { userId, after = 0, limit = PAGE_LIMIT }: PageAfter & { readonly userId?: number } = {},
) {
  const own = db.select({ id: memberships.organizationId }).from(memberships)
  const visible = userId === undefined ? undefined : inArray(organizations.id, own.where(eq(memberships.userId, userId)))
  return db
    .select()
    .from(organizations)
    .where(and(isNull(organizations.deletedAt), gt(organizations.id, after), visible))
    .orderBy(asc(organizations.id))
    .limit(limit)
}

export type OrganizationChange = Partial<Pick<Organization, 'name' | 'timeZone' | 'suspendedAt' | 'suspensionReason' | 'deletedAt'>>

export async function updateOrganization(db: Queries, id: number, changes: OrganizationChange): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(organizations).set(changes).where(eq(organizations.id, id))
}

/** Also those of deleted organizations, which keep theirs until they are destroyed. */
export async function permalinksLike(db: Queries, start: string): Promise<Set<string>> {
  const rows = await db
    .select({ permalink: organizations.permalink })
    .from(organizations)
    .where(like(organizations.permalink, `${start}%`))
  return new Set(rows.map((row) => row.permalink))
}
