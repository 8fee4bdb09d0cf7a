/** Rules that send some mail from another pool. Of a mail server, or of an organization for all its mail servers. */
import { and, desc, eq, isNull, or } from 'drizzle-orm'
import type { Queries } from './change.ts'
import { ipPoolRules } from './schema/sending.ts'

export type IpPoolRule = typeof ipPoolRules.$inferSelect

const RULES_MAX = 1_000

/** Newest first, as they are asked. With a mail server: its own and those that it shares. */
export const listIpPoolRules = (
  db: Queries,
  { organizationId, mailServerId }: { readonly organizationId: number; readonly mailServerId?: number },
): Promise<IpPoolRule[]> => {
  const own = mailServerId === undefined ? undefined : or(eq(ipPoolRules.mailServerId, mailServerId), isNull(ipPoolRules.mailServerId))
  return db
    .select()
    .from(ipPoolRules)
    .where(and(eq(ipPoolRules.organizationId, organizationId), own))
    .orderBy(desc(ipPoolRules.id))
    .limit(RULES_MAX)
}

export async function findIpPoolRule(
  db: Queries,
  name: { readonly id: number } | { readonly uuid: string },
): Promise<IpPoolRule | undefined> {
  const [row] = await db
    .select()
    .from(ipPoolRules)
    .where('id' in name ? eq(ipPoolRules.id, name.id) : eq(ipPoolRules.uuid, name.uuid))
  return row
}

export async function insertIpPoolRule(db: Queries, row: IpPoolRule): Promise<void> {
  await db.insert(ipPoolRules).values(row)
}

export async function updateIpPoolRule(
  db: Queries,
  id: number,
  changes: Partial<Pick<IpPoolRule, 'ipPoolId' | 'fromText' | 'toText'>>,
): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(ipPoolRules).set(changes).where(eq(ipPoolRules.id, id))
}

export async function deleteIpPoolRule(db: Queries, id: number): Promise<void> {
  await db.delete(ipPoolRules).where(eq(ipPoolRules.id, id))
}
