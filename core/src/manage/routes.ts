/** Verbs for routes: which incoming addresses a mail server has, and where their mail goes. */
import { routeToken } from '../domain/token.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import type { MailServer } from '../store/mail-servers.ts'
import type { Endpoint } from '../store/route-lookup.ts'
import {
  deleteRoute,
  findRouteRow,
  insertRoute,
  listAdditionalEndpoints,
  lockRouting,
  type RouteRow,
  replaceAdditionalEndpoints,
  updateRoute,
} from '../store/routes.ts'
import { ROUTE_MODES, SPAM_MODES } from '../store/schema/routes.ts'
import { notFound, requireMailServer, requireOwned } from './access.ts'
import { changedFields, given, type Manage, record } from './context.ts'
import { oneOfField } from './fields.ts'
import { nameField, requireSound } from './route-rules.ts'

export type RouteSettings = {
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
  input: RouteSettings & { readonly mailServerId: number; readonly name: string },
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
    await lockRouting(tx, row)
    await requireSound(tx, mailServer, row, more)
    await insertRoute(tx, row)
    await writeAdditional(tx, manage, row.id, more)
    await note(tx, manage, mailServer, 'created', row.id, { name: row.name, mode: row.mode })
    return { ...row, additionalEndpoints: more }
  })
}

/** Decides about mail that waits, too. @throws AppError `route.not_found`, `auth.forbidden`, `input.invalid`, `route.taken` */
export async function updateRouteSettings(manage: Manage, { id, ...input }: RouteSettings & { readonly id: number }): Promise<RouteView> {
  const { row: known, mailServer } = await requireRoute(manage, id)
  const changes = given({
    name: input.name === undefined ? undefined : nameField(input.name),
    domainId: input.domainId,
    ...destination(input),
    spamMode: input.spamMode === undefined ? undefined : oneOfField('spamMode', input.spamMode, SPAM_MODES),
  })
  return change(manage.db, async (tx) => {
    await lockRouting(tx, { ...known, ...changes })
    const before = await findRouteRow(tx, id)
    if (!before) throw notFound('route')
    const row = { ...before, ...changes }
    const more = input.additionalEndpoints ?? (await stillAdditional(tx, row))
    await requireSound(tx, mailServer, row, more)
    await updateRoute(tx, id, changes)
    await writeAdditional(tx, manage, id, more)
    const changed = changedFields({ ...changes, ...given({ additionalEndpoints: input.additionalEndpoints }) })
    await note(tx, manage, mailServer, 'updated', id, { changed })
    return { ...row, additionalEndpoints: more }
  })
}

/** To name an endpoint is to choose the mode endpoint, and any other mode leads to none. */
function destination({ mode, endpoint }: RouteSettings): Partial<Pick<RouteRow, 'mode' | 'endpointType' | 'endpointId'>> {
  if (mode === undefined && !endpoint) return endpoint === null ? { endpointType: null, endpointId: null } : {}
  const chosen = oneOfField('mode', mode ?? 'endpoint', ROUTE_MODES)
  if (endpoint) return { mode: chosen, ...endpoint }
  return chosen === 'endpoint' ? { mode: chosen } : { mode: chosen, endpointType: null, endpointId: null }
}

/** Those that it has, as far as they go with what it leads to now. */
async function stillAdditional(tx: Queries, { id, mode, endpointType, endpointId }: RouteRow): Promise<Endpoint[]> {
  if (mode !== 'endpoint') return []
  const all = await listAdditionalEndpoints(tx, id)
  return all.filter((one) => one.endpointType !== endpointType || one.endpointId !== endpointId)
}

/** Its mail that waits fails for want of a route. @throws AppError `route.not_found`, `auth.forbidden` */
export async function removeRoute(manage: Manage, { id }: { readonly id: number }): Promise<void> {
  const { row, mailServer } = await requireRoute(manage, id)
  await change(manage.db, async (tx) => {
    await deleteRoute(tx, id)
    await note(tx, manage, mailServer, 'deleted', id, { name: row.name })
  })
}

const requireRoute = async (manage: Manage, id: number) => requireOwned(manage, 'route', await findRouteRow(manage.db, id), 'member')

const writeAdditional = (tx: Queries, { newId, clock }: Manage, routeId: number, endpoints: readonly Endpoint[]): Promise<void> =>
  replaceAdditionalEndpoints(
    tx,
    routeId,
    endpoints.map((endpoint) => ({ id: newId(), routeId, ...endpoint, createdAt: clock() })),
  )

const note = (
  tx: Queries,
  manage: Manage,
  { organizationId }: MailServer,
  verb: string,
  id: number,
  details: Readonly<{ [name: string]: unknown }>,
) => record(tx, manage, { action: `route.${verb}`, subjectId: id, organizationId, details })
