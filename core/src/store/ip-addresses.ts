/** The addresses of IP pools, as those who manage them see them. */
import { and, asc, eq, inArray, ne } from 'drizzle-orm'
import type { Queries } from './change.ts'
import { ipAddresses } from './schema/sending.ts'

export type IpAddress = typeof ipAddresses.$inferSelect

const ADDRESSES_MAX = 10_000

/** In order of age; those of some pools when they are named. */
export const listIpAddresses = (db: Queries, ipPoolIds?: readonly number[]): Promise<IpAddress[]> =>
  ipPoolIds?.length === 0
    ? Promise.resolve([])
    : db
        .select()
        .from(ipAddresses)
        .where(ipPoolIds && inArray(ipAddresses.ipPoolId, [...ipPoolIds]))
        .orderBy(asc(ipAddresses.id))
        .limit(ADDRESSES_MAX)

export async function findIpAddress(
  db: Queries,
  name: { readonly id: number } | { readonly ipv4: string },
): Promise<IpAddress | undefined> {
  const [row] = await db
    .select()
    .from(ipAddresses)
    .where('id' in name ? eq(ipAddresses.id, name.id) : eq(ipAddresses.ipv4, name.ipv4))
  return row
}

/** Whether another address has it. */
export async function ipv6Taken(db: Queries, ipv6: string, id: number): Promise<boolean> {
  const rows = await db
    .select({ id: ipAddresses.id })
    .from(ipAddresses)
    .where(and(eq(ipAddresses.ipv6, ipv6), ne(ipAddresses.id, id)))
  return rows.length > 0
}

export async function insertIpAddress(db: Queries, row: IpAddress): Promise<void> {
  await db.insert(ipAddresses).values(row)
}

export async function updateIpAddress(db: Queries, id: number, changes: Partial<Omit<IpAddress, 'id' | 'createdAt'>>): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(ipAddresses).set(changes).where(eq(ipAddresses.id, id))
}

export async function deleteIpAddress(db: Queries, id: number): Promise<void> {
  await db.delete(ipAddresses).where(eq(ipAddresses.id, id))
}
