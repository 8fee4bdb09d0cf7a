/** What Postal's rules ask of a route. Each refusal names the field at fault. */
import { AppError } from '../domain/errors.ts'
import type { Queries } from '../store/change.ts'
import { findDomain } from '../store/domains.ts'
import { findEndpoint } from '../store/endpoints.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { type Endpoint, RETURN_PATH_NAME, WILDCARD_NAME } from '../store/route-lookup.ts'
import { type RouteRow, routeNameTaken } from '../store/routes.ts'
import { notFound } from './access.ts'
import { invalid } from './fields.ts'

/** Each is a copy of every mail. */
const ADDITIONAL_ENDPOINTS_MAX = 20

/** A local part, `*` for the rest of a domain, or the return path's own. */
export function nameField(value: string): string {
  const name = value.trim().toLowerCase()
  if (name === WILDCARD_NAME || name === RETURN_PATH_NAME) return name
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are among what is being refused
  if (!/^[^\s\u0000-\u001f\u007f"(),:;<>@[\\\]+*]{1,64}$/.test(name))
    throw invalid('name', 'name must be the part of an address before the @, without +tag, or *.')
  return name
}

/** In a transaction that holds `lockRouting`. @throws AppError `input.invalid`, `domain.not_verified`, `endpoint.not_found`, `route.taken` */
export async function requireSound(tx: Queries, mailServer: MailServer, row: RouteRow, more: readonly Endpoint[]): Promise<void> {
  requireFittingPlace(row)
  requireFittingEndpoints(row, more)
  if (row.domainId !== null) await requireOwnDomain(tx, mailServer, row.domainId)
  await requireEndpoints(tx, mailServer, row, more)
  if (await routeNameTaken(tx, row)) throw new AppError('route.taken', `There is a route named ${row.name} already.`, { field: 'name' })
}

function requireFittingPlace({ name, domainId }: RouteRow): void {
  if (name === RETURN_PATH_NAME && domainId !== null) throw invalid('domainId', 'The route of the return path has no domain.')
  if (name !== RETURN_PATH_NAME && domainId === null) throw invalid('domainId', 'domainId must be given; only the return path has none.')
}

function requireFittingEndpoints({ name, mode, endpointType }: RouteRow, more: readonly Endpoint[]): void {
  if (mode === 'endpoint' && endpointType === null) throw invalid('endpoint', 'endpoint must be given in the mode endpoint.')
  if (mode !== 'endpoint' && endpointType !== null) throw invalid('endpoint', 'endpoint is only for the mode endpoint.')
  if (mode !== 'endpoint' && more.length > 0) throw invalid('additionalEndpoints', 'additionalEndpoints are only for the mode endpoint.')
  if (name === RETURN_PATH_NAME && endpointType !== 'http') throw invalid('endpoint', 'The return path can only lead to an HTTP endpoint.')
  if (more.length > ADDITIONAL_ENDPOINTS_MAX)
    throw invalid('additionalEndpoints', `A route has at most ${ADDITIONAL_ENDPOINTS_MAX} additional endpoints.`)
  if (name === WILDCARD_NAME && more.some((endpoint) => endpoint.endpointType !== 'http'))
    throw invalid('additionalEndpoints', 'A wildcard route takes only HTTP endpoints besides its own.')
}

async function requireOwnDomain(tx: Queries, mailServer: MailServer, id: number): Promise<void> {
  const domain = await findDomain(tx, id)
  const own =
    domain?.organizationId === mailServer.organizationId && (domain.mailServerId === null || domain.mailServerId === mailServer.id)
  if (!domain || !own) throw invalid('domainId', 'There is no such domain.')
  if (domain.verifiedAt === null) throw new AppError('domain.not_verified', `${domain.name} is not verified yet.`, { field: 'domainId' })
}

async function requireEndpoints(
  tx: Queries,
  { id: mailServerId }: MailServer,
  { endpointType, endpointId }: RouteRow,
  more: readonly Endpoint[],
): Promise<void> {
  const own = endpointType !== null && endpointId !== null ? [{ endpointType, endpointId, field: 'endpoint' }] : []
  const all = [...own, ...more.map((endpoint) => ({ ...endpoint, field: 'additionalEndpoints' }))]
  if (new Set(all.map((one) => `${one.endpointType} ${one.endpointId}`)).size < all.length)
    throw invalid('additionalEndpoints', 'An endpoint must not be named twice.')
  for (const { field, ...one } of all)
    if (!(await findEndpoint(tx, one.endpointType, { mailServerId, id: one.endpointId }))) throw notFound('endpoint', field)
}
