/** Routes of mail servers, as those who manage them see them; `route-lookup.ts` is what mail sees. */
import { and, asc, eq, gt, isNull, ne } from 'drizzle-orm'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import type { Endpoint } from './route-lookup.ts'
import { additionalEndpoints, routes } from './schema/routes.ts'

export type RouteRow = typeof routes.$inferSelect
export type NewRoute = typeof routes.$inferInsert
export type RouteChange = Partial<Pick<RouteRow, 'name' | 'domainId' | 'mode' | 'spamMode' | 'endpointType' | 'endpointId'>>

export async function insertRoute(db: Queries, route: NewRoute): Promise<void> {
  await db.insert(routes).values(route)
}

export async function findRouteRow(db: Queries, id: number): Promise<RouteRow | undefined> {
  const [row] = await db.select().from(routes).where(eq(routes.id, id))
  return row
}

/** In order of age. */
export async function listRouteRows(
  db: Queries,
  { mailServerId, after = 0, limit = PAGE_LIMIT }: PageAfter & { readonly mailServerId: number },
): Promise<RouteRow[]> {
  return db
    .select()
    .from(routes)
    .where(and(eq(routes.mailServerId, mailServerId), gt(routes.id, after)))
    .orderBy(asc(routes.id))
    .limit(limit)
}

/** Another route of that name: of the domain, whoever owns it; without one, of the mail server. */
export async function routeNameTaken(
  db: Queries,
  { id, mailServerId, domainId, name }: Pick<RouteRow, 'id' | 'mailServerId' | 'domainId' | 'name'>,
): Promise<boolean> {
  const place = domainId === null ? and(isNull(routes.domainId), eq(routes.mailServerId, mailServerId)) : eq(routes.domainId, domainId)
  const rows = await db
    .select({ id: routes.id })
    .from(routes)
    .where(and(place, eq(routes.name, name), ne(routes.id, id)))
  return rows.length > 0
}

export async function updateRoute(db: Queries, id: number, changes: RouteChange): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(routes).set(changes).where(eq(routes.id, id))
}

export async function deleteRoute(tx: Queries, id: number): Promise<void> {
  await tx.delete(additionalEndpoints).where(eq(additionalEndpoints.routeId, id))
  await tx.delete(routes).where(eq(routes.id, id))
}

export async function listAdditionalEndpoints(db: Queries, routeId: number): Promise<Endpoint[]> {
  const { endpointType, endpointId } = additionalEndpoints
  return db
    .select({ endpointType, endpointId })
    .from(additionalEndpoints)
    .where(eq(additionalEndpoints.routeId, routeId))
    .orderBy(additionalEndpoints.id)
}

export async function replaceAdditionalEndpoints(
  tx: Queries,
  routeId: number,
  rows: readonly (typeof additionalEndpoints.$inferInsert)[],
): Promise<void> {
  await tx.delete(additionalEndpoints).where(eq(additionalEndpoints.routeId, routeId))
  if (rows.length > 0) await tx.insert(additionalEndpoints).values([...rows])
}
