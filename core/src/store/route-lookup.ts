/** Routes as the SMTP server looks them up: by address, by token, by mail server. */
import { and, eq, inArray, isNull } from 'drizzle-orm'
import { splitAddress } from '../domain/address.ts'
import type { EndpointType } from '../domain/message.ts'
import type { Database } from './database.ts'
import { additionalEndpoints, type ROUTE_MODES, routes } from './schema/routes.ts'
import { domains } from './schema/tenants.ts'

export type Endpoint = { readonly endpointType: EndpointType; readonly endpointId: number }

export type Route = {
  readonly id: number
  readonly mailServerId: number
  /** A local part, `*`, or `__returnpath__`. */
  readonly name: string
  /** Both null for a return path's route. */
  readonly domainId: number | null
  readonly domainName: string | null
  readonly mode: (typeof ROUTE_MODES)[number]
  /** The first is the route's own; none unless its mode is `endpoint`. */
  readonly endpoints: readonly Endpoint[]
}

export const RETURN_PATH_NAME = '__returnpath__'
/** What no other route of its domain takes. */
export const WILDCARD_NAME = '*'

/** `name@domain`: the route of that name, else the domain's wildcard. */
export async function findRouteByAddress(db: Database, address: string): Promise<Route | undefined> {
  const parts = splitAddress(address)
  if (!parts) return undefined
  const found = await listRoutes(db, and(eq(domains.name, parts.domain), inArray(routes.name, [parts.local, WILDCARD_NAME])))
  // The column compares without accents, which would send josé's mail to jose
  const named = found.find(({ route }) => route.name.toLowerCase() === parts.local)
  return complete(db, named ?? found.find(({ route }) => route.name === WILDCARD_NAME))
}

/** The route of a return path has no address, and so no token that mail could be sent to. */
export async function findRouteByToken(db: Database, token: string): Promise<Route | undefined> {
  const [found] = await listRoutes(db, eq(routes.token, token))
  return complete(db, found?.route.domainId === null ? undefined : found)
}

export async function findReturnPathRoute(db: Database, mailServerId: number): Promise<Route | undefined> {
  const [found] = await listRoutes(
    db,
    and(eq(routes.mailServerId, mailServerId), eq(routes.name, RETURN_PATH_NAME), isNull(routes.domainId)),
  )
  return complete(db, found)
}

/** Somebody here has the domain, whether or not it has routes yet. */
export async function isKnownDomain(db: Database, name: string): Promise<boolean> {
  const found = await db.select({ id: domains.id }).from(domains).where(eq(domains.name, name)).limit(1)
  return found.length > 0
}

type Condition = ReturnType<typeof eq> | undefined
type Found = { readonly route: typeof routes.$inferSelect; readonly domainName: string | null }

function listRoutes(db: Database, where: Condition): Promise<Found[]> {
  return db
    .select({ route: routes, domainName: domains.name })
    .from(routes)
    .leftJoin(domains, eq(domains.id, routes.domainId))
    .where(where)
    .orderBy(routes.id)
}

async function complete(db: Database, found: Found | undefined): Promise<Route | undefined> {
  if (!found) return undefined
  const { id, mailServerId, name, domainId, mode } = found.route
  const endpoints = mode === 'endpoint' ? await listEndpoints(db, found.route) : []
  return { id, mailServerId, name, domainId, domainName: found.domainName, mode, endpoints }
}

type Leading = Pick<Found['route'], 'id' | 'endpointType' | 'endpointId'>

export async function listEndpoints(db: Database, route: Leading): Promise<Endpoint[]> {
  const { endpointType, endpointId } = additionalEndpoints
  const more = await db.select({ endpointType, endpointId }).from(additionalEndpoints).where(eq(additionalEndpoints.routeId, route.id))
  const own = route.endpointType && route.endpointId !== null ? [{ endpointType: route.endpointType, endpointId: route.endpointId }] : []
  return [...own, ...more]
}
