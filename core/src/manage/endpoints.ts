/** What the verbs for endpoints of all three types share, and their removal. Endpoints are where a customer takes routed mail. */
import type { EndpointType } from '../domain/message.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import { deleteEndpoint, findEndpoint } from '../store/endpoints.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { lockRouting } from '../store/routes.ts'
import { notFound, requireMailServer } from './access.ts'
import { type Manage, record } from './context.ts'

export type OfMailServer = { readonly mailServerId: number }
export type Named = OfMailServer & { readonly id: number }

/** Routes that led there refuse mail from now on. @throws AppError `endpoint.not_found`, `auth.forbidden` */
export async function removeEndpoint(manage: Manage, { type, ...named }: Named & { readonly type: EndpointType }): Promise<void> {
  const { mailServer } = await requireEndpoint(manage, named, (db) => findEndpoint(db, type, named))
  await change(manage.db, async (tx) => {
    await lockRouting(tx, { mailServerId: mailServer.id, domainId: null })
    await deleteEndpoint(tx, type, named.id)
    await noteEndpoint(tx, manage, mailServer, { verb: 'deleted', type, id: named.id, details: {} })
  })
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
