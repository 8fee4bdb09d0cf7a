/** IP pools, as those who manage them see them, and which organizations may use them; `ip-plan.ts` is what mail sees. */
import { and, asc, count, eq, inArray, isNull } from 'drizzle-orm'
import type { Queries } from './change.ts'
import { ipAddresses, ipPoolRules, ipPools, organizationIpPools } from './schema/sending.ts'
import { mailServers, organizations } from './schema/tenants.ts'

export type IpPool = typeof ipPools.$inferSelect
export type IpPoolName = { readonly id: number } | { readonly uuid: string }

/** They are made by operators, by hand. */
const POOLS_MAX = 1_000

/** In order of age; those of one organization when it is named. */
export async function listIpPools(db: Queries, { organizationId }: { readonly organizationId?: number } = {}): Promise<IpPool[]> {
  const assigned = db.select({ id: organizationIpPools.ipPoolId }).from(organizationIpPools)
  const own =
    organizationId === undefined ? undefined : inArray(ipPools.id, assigned.where(eq(organizationIpPools.organizationId, organizationId)))
  return db.select().from(ipPools).where(own).orderBy(asc(ipPools.id)).limit(POOLS_MAX)
}

export async function findIpPool(db: Queries, name: IpPoolName): Promise<IpPool | undefined> {
  const [row] = await db
    .select()
    .from(ipPools)
    .where('id' in name ? eq(ipPools.id, name.id) : eq(ipPools.uuid, name.uuid))
  return row
}

/** Until the transaction ends nobody else changes which pools and addresses there are, or who uses them. */
export const lockIpPools = (tx: Queries): Promise<IpPool[]> => tx.select().from(ipPools).orderBy(asc(ipPools.id)).for('update')

export async function insertIpPool(db: Queries, row: IpPool): Promise<void> {
  await db.insert(ipPools).values(row)
}

export async function updateIpPool(db: Queries, id: number, changes: Partial<Pick<IpPool, 'name' | 'isDefault'>>): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(ipPools).set(changes).where(eq(ipPools.id, id))
}

/** There is one at most. */
export async function clearDefaultIpPool(db: Queries): Promise<void> {
  await db.update(ipPools).set({ isDefault: false }).where(eq(ipPools.isDefault, true))
}

/** With its assignments to organizations. */
export async function deleteIpPool(db: Queries, id: number): Promise<void> {
  await db.delete(organizationIpPools).where(eq(organizationIpPools.ipPoolId, id))
  await db.delete(ipPools).where(eq(ipPools.id, id))
}

export type IpPoolUse = { readonly addresses: number; readonly mailServers: number; readonly rules: number }

/** What hangs on a pool; of one organization, when it is named. */
export async function ipPoolUse(db: Queries, id: number, organizationId?: number): Promise<IpPoolUse> {
  const server = and(eq(mailServers.ipPoolId, id), isNull(mailServers.deletedAt), isNull(organizations.deletedAt))
  const rule = eq(ipPoolRules.ipPoolId, id)
  const [addresses] = await db.select({ count: count() }).from(ipAddresses).where(eq(ipAddresses.ipPoolId, id))
  const [servers] = await db
    .select({ count: count() })
    .from(mailServers)
    .innerJoin(organizations, eq(organizations.id, mailServers.organizationId))
    .where(organizationId === undefined ? server : and(server, eq(mailServers.organizationId, organizationId)))
  const [rules] = await db
    .select({ count: count() })
    .from(ipPoolRules)
    .where(organizationId === undefined ? rule : and(rule, eq(ipPoolRules.organizationId, organizationId)))
  return { addresses: addresses?.count ?? 0, mailServers: servers?.count ?? 0, rules: rules?.count ?? 0 }
}

export async function assignIpPool(db: Queries, row: { readonly organizationId: number; readonly ipPoolId: number }): Promise<void> {
  await db.insert(organizationIpPools).ignore().values(row)
}

export async function unassignIpPool(db: Queries, row: { readonly organizationId: number; readonly ipPoolId: number }): Promise<void> {
  await db
    .delete(organizationIpPools)
    .where(and(eq(organizationIpPools.organizationId, row.organizationId), eq(organizationIpPools.ipPoolId, row.ipPoolId)))
}

export async function isIpPoolAssigned(db: Queries, row: { readonly organizationId: number; readonly ipPoolId: number }): Promise<boolean> {
  const rows = await db
    .select({ id: organizationIpPools.ipPoolId })
    .from(organizationIpPools)
    .where(and(eq(organizationIpPools.organizationId, row.organizationId), eq(organizationIpPools.ipPoolId, row.ipPoolId)))
  return rows.length > 0
}

export type AssignedOrganization = { readonly ipPoolId: number; readonly id: number; readonly name: string; readonly permalink: string }

/** In order of name. */
export const organizationsOfIpPools = (db: Queries): Promise<AssignedOrganization[]> =>
  db
    .select({ ipPoolId: organizationIpPools.ipPoolId, id: organizations.id, name: organizations.name, permalink: organizations.permalink })
    .from(organizationIpPools)
    .innerJoin(organizations, eq(organizations.id, organizationIpPools.organizationId))
    .where(isNull(organizations.deletedAt))
    .orderBy(asc(organizations.name), asc(organizations.id))
