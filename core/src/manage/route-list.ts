/** A mail server's routes, as lists show them and as people name them. */
import { normaliseAddress, splitAddress } from '../domain/address.ts'
import { AppError } from '../domain/errors.ts'
import type { PageAfter } from '../store/change.ts'
import { type Endpoint, RETURN_PATH_NAME } from '../store/route-lookup.ts'
import { additionalEndpointsOf, listRoutes, type NamedRoute, type RouteFilter } from '../store/routes.ts'
import { notFound, requireMailServer } from './access.ts'
import type { Manage } from './context.ts'
import { endpointsOf, type ListedEndpoint } from './endpoint-list.ts'

/** What a route leads to; undefined is one that is gone. */
export type Target = Endpoint & { readonly endpoint: ListedEndpoint | undefined }

export type ListedRoute = NamedRoute & {
  /** `name@domain`, or the name of the return path's route. */
  readonly address: string
  /** What is sent to this address comes to the route too, whatever the MX records say; null for the return path's. */
  readonly forwardAddress: string | null
  /** Its own first; none unless the mode is `endpoint`. */
  readonly targets: readonly Target[]
}

/** In order of age. @throws AppError `mail_server.not_found` */
export async function routesOf(manage: Manage, asked: PageAfter & RouteFilter): Promise<ListedRoute[]> {
  await requireMailServer(manage, asked.mailServerId, 'reader')
  const rows = await listRoutes(manage.db, asked)
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const [more, endpoints] = await Promise.all([additionalEndpointsOf(manage.db, ids), endpointsOf(manage, asked.mailServerId)])
  const named = new Map(endpoints.map((endpoint) => [`${endpoint.type} ${endpoint.id}`, endpoint]))
  const byRoute = Map.groupBy(more, ({ routeId }) => routeId)
  const toTarget = ({ endpointType, endpointId }: Endpoint): Target => ({
    ...{ endpointType, endpointId },
    endpoint: named.get(`${endpointType} ${endpointId}`),
  })
  return rows.map((row) => ({
    ...row,
    address: addressOf(row),
    forwardAddress: row.domainId === null ? null : `${row.token}@${manage.dnsNames.routeDomain}`,
    targets: [...ownEndpoint(row), ...(byRoute.get(row.id) ?? [])].map(toTarget),
  }))
}

const addressOf = ({ name, domainName }: NamedRoute): string => (domainName === null ? name : `${name}@${domainName}`)

const ownEndpoint = ({ endpointType, endpointId }: NamedRoute): Endpoint[] =>
  endpointType === null || endpointId === null ? [] : [{ endpointType, endpointId }]

/** By its uuid. @throws AppError `mail_server.not_found`, `route.not_found` */
export async function getRoute(manage: Manage, asked: { readonly mailServerId: number; readonly uuid: string }): Promise<ListedRoute> {
  const [route] = await routesOf(manage, { ...asked, limit: 1 })
  if (!route) throw notFound('route')
  return route
}

/** By uuid, or by address as `routesOf` shows it. @throws AppError `route.not_found` */
export async function routeNamed(manage: Manage, mailServerId: number, text: string): Promise<ListedRoute> {
  const wanted = normaliseAddress(text)
  const byAddress = splitAddress(wanted) !== undefined || wanted === RETURN_PATH_NAME
  const found = await routesOf(manage, { mailServerId, ...(byAddress ? { address: wanted } : { uuid: text }) })
  const route = found.find(({ address, uuid }) => address === wanted || uuid === text)
  if (!route) throw new AppError('route.not_found', `There is no route ${text}; see posthaste route list.`, { field: 'route' })
  return route
}
