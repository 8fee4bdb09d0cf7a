/** What the verbs for endpoints of all three types share, and their removal. Endpoints are where a customer takes routed mail. */
import type { EndpointType } from '../domain/message.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import { deleteEndpoint, findEndpoint, replaceEndpoint } from '../store/endpoints.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { type Endpoint, RETURN_PATH_NAME } from '../store/route-lookup.ts'
import { findRouteForHttp, lockRouting } from '../store/routes.ts'
import { notFound, requireMailServer } from './access.ts'
import { type Manage, record } from './context.ts'
import { invalid } from './fields.ts'

export type OfMailServer = { readonly mailServerId: number }
export type Named = OfMailServer & { readonly id: number }

export type Removal = Named & {
  readonly type: EndpointType
  /** Of the same mail server; routes lead there from now on. Without it those whose own endpoint this is refuse mail. */
  readonly replaceBy?: Endpoint
}

/** Mail that waits follows. @throws AppError `endpoint.not_found`, `auth.forbidden`, `input.invalid` */
export async function removeEndpoint(manage: Manage, { type, replaceBy, ...named }: Removal): Promise<void> {
  const { mailServer } = await requireEndpoint(manage, named, (db) => findEndpoint(db, type, named))
  const endpoint: Endpoint = { endpointType: type, endpointId: named.id }
  await change(manage.db, async (tx) => {
    await lockRouting(tx, { mailServerId: mailServer.id, domainId: null })
    if (replaceBy) {
      await requireReplacement(tx, mailServer, endpoint, replaceBy)
      await replaceEndpoint(tx, endpoint, replaceBy)
    }
    await deleteEndpoint(tx, type, named.id)
    const details = replaceBy ? { replacedBy: { type: replaceBy.endpointType, id: replaceBy.endpointId } } : {}
    await noteEndpoint(tx, manage, mailServer, { verb: 'deleted', type, id: named.id, details })
  })
}

async function requireReplacement(tx: Queries, { id: mailServerId }: MailServer, old: Endpoint, by: Endpoint): Promise<void> {
  const { endpointType, endpointId } = by
  if (!(await findEndpoint(tx, endpointType, { mailServerId, id: endpointId }))) throw notFound('endpoint', 'replaceBy')
  if (endpointType === old.endpointType && endpointId === old.endpointId)
    throw invalid('replaceBy', 'An endpoint cannot replace itself; choose another.')
  const strict = endpointType === 'http' ? undefined : await findRouteForHttp(tx, old)
  if (strict)
    throw invalid(
      'replaceBy',
      strict.name === RETURN_PATH_NAME
        ? 'The route of the return path leads here, and can only lead to an HTTP endpoint.'
        : 'A wildcard route sends copies here, and can send them only to HTTP endpoints.',
    )
}

/** @throws AppError `mail_server.not_found`, `endpoint.not_found`, `auth.forbidden` */
export async function requireEndpoint<E>(
  manage: Manage,
  named: Named,
  find: (db: Queries, named: Named) => Promise<E | undefined>,
): Promise<{ readonly mailServer: MailServer; readonly endpoint: E }> {
  const mailServer = await requireMailServer(manage, named.mailServerId, 'member')
  const endpoint = await find(manage.db, named)
  if (!endpoint) throw notFound('endpoint')
  return { mailServer, endpoint }
}

export const freshEndpoint = ({ newId, randomBytes, clock }: Manage, { id: mailServerId }: MailServer) => ({
  id: newId(),
  mailServerId,
  uuid: newUuid(randomBytes),
  lastUsedAt: null,
  createdAt: clock(),
})

type Entry = {
  readonly verb: string
  readonly type: EndpointType
  readonly id: number
  readonly details: Readonly<{ [name: string]: unknown }>
}

export const noteEndpoint = (tx: Queries, manage: Manage, { organizationId }: MailServer, { verb, type, id, details }: Entry) =>
  record(tx, manage, { action: `endpoint.${verb}`, subjectId: id, organizationId, details: { type, ...details } })
