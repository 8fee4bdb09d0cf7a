/** The processes that are alive, by their leases. */
import { asc, sql } from 'drizzle-orm'
import type { Queries } from './change.ts'
import { nodeLeases } from './schema/installation.ts'

export type LiveProcess = { readonly node: number; readonly role: string; readonly holder: string }

export async function liveProcesses(db: Queries): Promise<LiveProcess[]> {
  return db
    .select({ node: nodeLeases.node, role: nodeLeases.role, holder: nodeLeases.holder })
    .from(nodeLeases)
    .where(sql`${nodeLeases.leasedUntil} >= utc_timestamp(3)`)
    .orderBy(asc(nodeLeases.node))
}
