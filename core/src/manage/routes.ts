/** Verbs for routes: which incoming addresses a mail server has, and where their mail goes. */

import { AppError } from '../domain/errors.ts'
import { routeToken } from '../domain/token.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import { findDomain } from '../store/domains.ts'
import { findEndpoint } from '../store/endpoints.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { type Endpoint, RETURN_PATH_NAME } from '../store/route-lookup.ts'
import {
  deleteRoute,
  findRouteRow,
  insertRoute,
  listAdditionalEndpoints,
  type RouteRow,
  replaceAdditionalEndpoints,
  routeNameTaken,
  updateRoute,
} from '../store/routes.ts'
import { ROUTE_MODES, SPAM_MODES } from '../store/schema/routes.ts'
import { requireMailServer, requireOwned } from './access.ts'
import { changedFields, given, type Manage, record } from './context.ts'
import { invalid, oneOfField } from './fields.ts'

type Settings = {
  readonly name?: string
  /** Null for the return path's route. */
  readonly domainId?: number | null
  readonly mode?: string
  readonly spamMode?: string
  readonly endpoint?: Endpoint | null
  readonly additionalEndpoints?: readonly Endpoint[]
}

export type RouteView = RouteRow & { readonly additionalEndpoints: readonly Endpoint[] }

/** @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid`, `route.taken` */
export async function createRoute(
  manage: Manage,
  input: Settings & { readonly mailServerId: number; readonly name: string },
): Promise<RouteView> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'member')
  const row: RouteRow = {
    id: manage.newId(),
    mailServerId: mailServer.id,
    uuid: newUuid(manage.randomBytes),
    token: routeToken(manage.randomBytes),
    domainId: input.domainId ?? null,
    name: nameField(input.name),
    mode: oneOfField('mode', input.mode ?? 'endpoint', ROUTE_MODES),
    spamMode: oneOfField('spamMode', input.spamMode ?? 'mark', SPAM_MODES),
    endpointType: input.endpoint?.endpointType ?? null,
    endpointId: input.endpoint?.endpointId ?? null,
    createdAt: manage.clock(),
  }
  const more = input.additionalEndpoints ?? []
  return change(manage.db, async (tx) => {
    await requireSound(tx, mailServer, row, more)
    await insertRoute(tx, row)
    await replaceAdditionalEndpoints(
      tx,
      row.id,
      more.map((endpoint) => additional(manage, row.id, endpoint)),
    )
    await note(tx, manage, mailServer, 'created', row.id, { name: row.name, mode: row.mode })
    return { ...row, additionalEndpoints: more }
  })
}

/** Decides about mail that waits, too. @throws AppError `route.not_found`, `auth.forbidden`, `input.invalid`, `route.taken` */
export async function updateRouteSettings(manage: Manage, { id, ...input }: Settings & { readonly id: number }): Promise<RouteView> {
  const { row: before, mailServer } = await requireRoute(manage, id)
  const changes = given({
    name: input.name === undefined ? undefined : nameField(input.name),
    domainId: input.domainId,
    mode: input.mode === undefined ? undefined : oneOfField('mode', input.mode, ROUTE_MODES),
    spamMode: input.spamMode === undefined ? undefined : oneOfField('spamMode', input.spamMode, SPAM_MODES),
    ...(input.endpoint === undefined
      ? {}
      : { endpointType: input.endpoint?.endpointType ?? null, endpointId: input.endpoint?.endpointId ?? null }),
  })
  return change(manage.db, async (tx) => {
    const row = { ...before, ...changes }
    const more = input.additionalEndpoints ?? (row.mode === 'endpoint' ? await listAdditionalEndpoints(tx, id) : [])
    await requireSound(tx, mailServer, row, more)
    await updateRoute(tx, id, changes)
    await replaceAdditionalEndpoints(
      tx,
      id,
      more.map((endpoint) => additional(manage, id, endpoint)),
    )
    await note(tx, manage, mailServer, 'updated', id, { changed: changedFields(changes) })
    return { ...row, additionalEndpoints: more }
  })
}

/** @throws AppError `route.not_found`, `auth.forbidden` */
export async function removeRoute(manage: Manage, { id }: { readonly id: number }): Promise<void> {
  const { row, mailServer } = await requireRoute(manage, id)
  await change(manage.db, async (tx) => {
    await deleteRoute(tx, id)
    await note(tx, manage, mailServer, 'deleted', id, { name: row.name })
  })
}

const requireRoute = async (manage: Manage, id: number) => requireOwned(manage, 'route', await findRouteRow(manage.db, id), 'member')

/** A local part, `*` for the rest of a domain, or the return path's own. */
function nameField(value: string): string {
  const name = value.trim().toLowerCase()
  if (name === '*' || name === RETURN_PATH_NAME) return name
  if (!/^[^\s"(),:;<>@[\\\]+*]{1,64}$/.test(name))
    throw invalid('name', 'name must be the part of an address before the @, without +tag, or *.')
  return name
}

/** What Postal's rules ask of a route as a whole. */
async function requireSound(tx: Queries, mailServer: MailServer, row: RouteRow, more: readonly Endpoint[]): Promise<void> {
  const returnPath = row.name === RETURN_PATH_NAME
  if (returnPath !== (row.domainId === null)) throw invalid('domainId', 'domainId must be given, and only the return path has none.')
  if (row.domainId !== null) await requireOwnDomain(tx, mailServer, row.domainId)
  if (row.mode === 'endpoint' && row.endpointType === null) throw invalid('endpoint', 'endpoint must be given in the mode endpoint.')
  if (row.mode !== 'endpoint' && more.length > 0)
    throw invalid('additionalEndpoints', 'additionalEndpoints are only for the mode endpoint.')
  if (returnPath && (row.mode !== 'endpoint' || row.endpointType !== 'http'))
    throw invalid('endpoint', 'The return path can only lead to an HTTP endpoint.')
  if (row.name === '*' && more.some(({ endpointType }) => endpointType !== 'http'))
    throw invalid('additionalEndpoints', 'A wildcard route takes only HTTP endpoints besides its own.')
  const own = row.endpointType !== null && row.endpointId !== null ? [{ endpointType: row.endpointType, endpointId: row.endpointId }] : []
  await requireEndpoints(tx, mailServer, [...own, ...more])
  if (await routeNameTaken(tx, row)) throw new AppError('route.taken', `There is a route named ${row.name} already.`, { field: 'name' })
}

async function requireOwnDomain(tx: Queries, mailServer: MailServer, id: number): Promise<void> {
  const domain = await findDomain(tx, id)
  const own =
    domain?.organizationId === mailServer.organizationId && (domain.mailServerId === null || domain.mailServerId === mailServer.id)
  if (!domain || !own) throw invalid('domainId', 'There is no such domain.')
  if (domain.verifiedAt === null) throw new AppError('domain.not_verified', `${domain.name} is not verified yet.`, { field: 'domainId' })
}

async function requireEndpoints(tx: Queries, mailServer: MailServer, endpoints: readonly Endpoint[]): Promise<void> {
  const names = endpoints.map(({ endpointType, endpointId }) => `${endpointType} ${endpointId}`)
  if (new Set(names).size < names.length) throw invalid('additionalEndpoints', 'An endpoint must not be named twice.')
  for (const { endpointType, endpointId } of endpoints) {
    if (!(await findEndpoint(tx, endpointType, { mailServerId: mailServer.id, id: endpointId })))
      throw new AppError('endpoint.not_found', 'There is no such endpoint.', { field: 'endpoint' })
  }
}

const additional = ({ newId, clock }: Manage, routeId: number, endpoint: Endpoint) => ({
  id: newId(),
  routeId,
  ...endpoint,
  createdAt: clock(),
})

const note = (
  tx: Queries,
  manage: Manage,
  { organizationId }: MailServer,
  verb: string,
  id: number,
  details: Readonly<{ [name: string]: unknown }>,
) => record(tx, manage, { action: `route.${verb}`, subjectId: id, organizationId, details })
