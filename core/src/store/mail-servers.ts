/** Mail servers of organizations, as those who manage them see them; `directory.ts` is what mail sees. */
import { and, asc, eq, getTableColumns, gt, inArray, isNull } from 'drizzle-orm'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { mailServers, organizations } from './schema/tenants.ts'

export type MailServer = typeof mailServers.$inferSelect
export type NewMailServer = typeof mailServers.$inferInsert
/** By its permalink or uuid only within an organization. */
export type MailServerName =
  | { readonly id: number }
  | { readonly organizationId: number; readonly permalink: string }
  | { readonly organizationId: number; readonly uuid: string }

const named = (name: MailServerName) => {
  if ('id' in name) return eq(mailServers.id, name.id)
  const own = eq(mailServers.organizationId, name.organizationId)
  return and(own, 'uuid' in name ? eq(mailServers.uuid, name.uuid) : eq(mailServers.permalink, name.permalink))
}

export async function insertMailServer(db: Queries, mailServer: NewMailServer): Promise<void> {
  await db.insert(mailServers).values(mailServer)
}

/** Undefined too when its organization is deleted. */
export async function findMailServer(db: Queries, name: MailServerName): Promise<MailServer | undefined> {
  const [row] = await db
    .select(getTableColumns(mailServers))
    .from(mailServers)
    .innerJoin(organizations, eq(organizations.id, mailServers.organizationId))
    .where(and(named(name), isNull(mailServers.deletedAt), isNull(organizations.deletedAt)))
  return row
}

/** In order of age. */
export async function listMailServers(
  db: Queries,
  { organizationId, after = 0, limit = PAGE_LIMIT }: PageAfter & { readonly organizationId: number },
): Promise<MailServer[]> {
  return db
    .select()
    .from(mailServers)
    .where(and(eq(mailServers.organizationId, organizationId), isNull(mailServers.deletedAt), gt(mailServers.id, after)))
    .orderBy(asc(mailServers.id))
    .limit(limit)
}

/** For what is done for every mail server, the deleted ones included. */
export async function allMailServerIds(db: Queries): Promise<number[]> {
  return (await db.select({ id: mailServers.id }).from(mailServers)).map((row) => row.id)
}

/** Letters count alike whether small or capital, by the column's collation. */
export async function mailServerNameTaken(
  db: Queries,
  { organizationId, name }: { organizationId: number; name: string },
): Promise<boolean> {
  const rows = await db
    .select({ id: mailServers.id })
    .from(mailServers)
    .where(and(eq(mailServers.organizationId, organizationId), eq(mailServers.name, name), isNull(mailServers.deletedAt)))
  return rows.length > 0
}

export async function mailServerTokenTaken(db: Queries, token: string): Promise<boolean> {
  const rows = await db.select({ id: mailServers.id }).from(mailServers).where(eq(mailServers.token, token))
  return rows.length > 0
}

/** `organization/mail-server` by permalinks, as people name them; those that are deleted are left out. */
export async function mailServerPaths(db: Queries, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: mailServers.id, permalink: mailServers.permalink, organization: organizations.permalink })
    .from(mailServers)
    .innerJoin(organizations, eq(organizations.id, mailServers.organizationId))
    .where(and(inArray(mailServers.id, [...ids]), isNull(mailServers.deletedAt), isNull(organizations.deletedAt)))
  return new Map(rows.map(({ id, permalink, organization }) => [id, `${organization}/${permalink}`]))
}

export type MailServerChange = Partial<Omit<MailServer, 'id' | 'organizationId' | 'uuid' | 'permalink' | 'token' | 'createdAt'>>

export async function updateMailServer(db: Queries, id: number, changes: MailServerChange): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(mailServers).set(changes).where(eq(mailServers.id, id))
}
