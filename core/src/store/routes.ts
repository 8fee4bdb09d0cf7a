/** Routes of mail servers, as those who manage them see them; `route-lookup.ts` is what mail sees. */
import { and, asc, eq, exists, gt, inArray, isNull, like, ne, or, type SQL, sql } from 'drizzle-orm'
import { splitAddress } from '../domain/address.ts'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { type Endpoint, RETURN_PATH_NAME, WILDCARD_NAME } from './route-lookup.ts'
import { additionalEndpoints, routes } from './schema/routes.ts'
import { domains, mailServers } from './schema/tenants.ts'

export type RouteRow = typeof routes.$inferSelect
/** With the name of its domain, which is null for the return path's. */
export type NamedRoute = RouteRow & { readonly domainName: string | null }
export type NewRoute = typeof routes.$inferInsert
export type RouteChange = Partial<Pick<RouteRow, 'name' | 'domainId' | 'mode' | 'spamMode' | 'endpointType' | 'endpointId'>>

export async function insertRoute(db: Queries, route: NewRoute): Promise<void> {
  await db.insert(routes).values(route)
}

export async function findRouteRow(db: Queries, id: number): Promise<RouteRow | undefined> {
  const [row] = await db.select().from(routes).where(eq(routes.id, id))
  return row
}

export type RouteFilter = {
  readonly mailServerId: number
  /** Part of an address. */
  readonly search?: string
  readonly id?: number
  readonly uuid?: string
  /** `name@domain`, or the name of the return path's route. */
  readonly address?: string
  readonly domainId?: number
  /** Where it leads, among others. */
  readonly endpoint?: Endpoint
}

/** In order of age. */
export async function listRoutes(
  db: Queries,
  { after = 0, limit = PAGE_LIMIT, ...filter }: PageAfter & RouteFilter,
): Promise<NamedRoute[]> {
  const rows = await db
    .select({ route: routes, domainName: domains.name })
    .from(routes)
    .leftJoin(domains, eq(domains.id, routes.domainId))
    .where(and(...conditions(filter), gt(routes.id, after)))
    .orderBy(asc(routes.id))
    .limit(limit)
  return rows.map(({ route, domainName }) => ({ ...route, domainName }))
}

const conditions = ({ mailServerId, search, id, uuid, address, domainId, endpoint }: RouteFilter): (SQL | undefined)[] => [
  eq(routes.mailServerId, mailServerId),
  search ? like(sql`concat(${routes.name}, '@', coalesce(${domains.name}, ''))`, `%${search.replaceAll(/[%_\\]/g, '\\$&')}%`) : undefined,
  address === undefined ? undefined : addressed(address),
  id === undefined ? undefined : eq(routes.id, id),
  uuid === undefined ? undefined : eq(routes.uuid, uuid),
  domainId === undefined ? undefined : eq(routes.domainId, domainId),
  endpoint && or(ledTo(endpoint), exists(alsoLedTo(endpoint))),
]

function addressed(address: string): SQL | undefined {
  const parts = splitAddress(address)
  return parts ? and(eq(routes.name, parts.local), eq(domains.name, parts.domain)) : and(eq(routes.name, address), isNull(routes.domainId))
}

const ledTo = ({ endpointType, endpointId }: Endpoint) => and(eq(routes.endpointType, endpointType), eq(routes.endpointId, endpointId))

const alsoLedTo = ({ endpointType, endpointId }: Endpoint) =>
  sql`(select 1 from ${additionalEndpoints} where ${and(
    eq(additionalEndpoints.routeId, routes.id),
    eq(additionalEndpoints.endpointType, endpointType),
    eq(additionalEndpoints.endpointId, endpointId),
  )})`

/** Of the routes that lead there, one where only an HTTP endpoint may stand. */
export async function findRouteForHttp(tx: Queries, endpoint: Endpoint): Promise<RouteRow | undefined> {
  const ofReturnPath = and(eq(routes.name, RETURN_PATH_NAME), ledTo(endpoint))
  const ofWildcard = and(eq(routes.name, WILDCARD_NAME), exists(alsoLedTo(endpoint)))
  const [row] = await tx.select().from(routes).where(or(ofReturnPath, ofWildcard)).limit(1)
  return row
}

/** A route's domain by its name, as a mail server and its organization may both have it; null for the return path's. */
type Place = Pick<RouteRow, 'mailServerId' | 'domainId'>

/** Whoever changes routes or endpoints does so alone, so that what was checked still holds when it is written. */
export async function lockRouting(tx: Queries, { mailServerId, domainId }: Place): Promise<void> {
  await tx.select({ id: mailServers.id }).from(mailServers).where(eq(mailServers.id, mailServerId)).for('update')
  if (domainId !== null) await sameName(tx, domainId).orderBy(asc(domains.id)).for('update')
}

const sameName = (tx: Queries, domainId: number) =>
  tx
    .select({ id: domains.id })
    .from(domains)
    .where(inArray(domains.name, tx.select({ name: domains.name }).from(domains).where(eq(domains.id, domainId))))

/** Another route of that address, whoever owns it; without a domain, of the mail server. */
export async function routeNameTaken(
  tx: Queries,
  { id, mailServerId, domainId, name }: Place & Pick<RouteRow, 'id' | 'name'>,
): Promise<boolean> {
  const place =
    domainId === null
      ? and(isNull(routes.domainId), eq(routes.mailServerId, mailServerId))
      : inArray(routes.domainId, sameName(tx, domainId))
  const rows = await tx
    .select({ name: routes.name })
    .from(routes)
    .where(and(place, eq(routes.name, name), ne(routes.id, id)))
  return rows.some((row) => row.name === name) // the column compares without accents
}

export async function updateRoute(db: Queries, id: number, changes: RouteChange): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(routes).set(changes).where(eq(routes.id, id))
}

export async function deleteRoute(tx: Queries, id: number): Promise<void> {
  await tx.delete(additionalEndpoints).where(eq(additionalEndpoints.routeId, id))
  await tx.delete(routes).where(eq(routes.id, id))
}

export async function listAdditionalEndpoints(db: Queries, routeId: number): Promise<Endpoint[]> {
  return (await additionalEndpointsOf(db, [routeId])).map(({ endpointType, endpointId }) => ({ endpointType, endpointId }))
}

/** In the order in which they were named. */
export async function additionalEndpointsOf(
  db: Queries,
  routeIds: readonly number[],
): Promise<(Endpoint & { readonly routeId: number })[]> {
  if (routeIds.length === 0) return []
  const { routeId, endpointType, endpointId } = additionalEndpoints
  return db
    .select({ routeId, endpointType, endpointId })
    .from(additionalEndpoints)
    .where(inArray(routeId, [...routeIds]))
    .orderBy(asc(additionalEndpoints.id))
}

export async function replaceAdditionalEndpoints(
  tx: Queries,
  routeId: number,
  rows: readonly (typeof additionalEndpoints.$inferInsert)[],
): Promise<void> {
  await tx.delete(additionalEndpoints).where(eq(additionalEndpoints.routeId, routeId))
  if (rows.length > 0) await tx.insert(additionalEndpoints).values([...rows])
}
