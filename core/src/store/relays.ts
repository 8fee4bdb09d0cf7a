/** Relays: other hosts that mail goes through, of a mail server, of a recipient domain, of both, or of the installation. */
import { asc, eq } from 'drizzle-orm'
import type { Queries } from './change.ts'
import { relays } from './schema/sending.ts'

export type RelayRow = typeof relays.$inferSelect

/** They are set by operators, by hand. */
const RELAYS_MAX = 10_000

/** In the order in which they are tried. */
export const listRelays = (db: Queries): Promise<RelayRow[]> => db.select().from(relays).orderBy(asc(relays.id)).limit(RELAYS_MAX)

export async function findRelay(db: Queries, id: number): Promise<RelayRow | undefined> {
  const [row] = await db.select().from(relays).where(eq(relays.id, id))
  return row
}

export async function insertRelay(db: Queries, row: RelayRow): Promise<void> {
  await db.insert(relays).values(row)
}

export async function deleteRelay(db: Queries, id: number): Promise<void> {
  await db.delete(relays).where(eq(relays.id, id))
}
