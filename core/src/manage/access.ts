/** Who may do what to whom. What somebody may not even see is not found. */
import { AppError, type ErrorCode } from '../domain/errors.ts'
import type { Queries } from '../store/change.ts'
import { findMailServer, type MailServer } from '../store/mail-servers.ts'
import { findOrganization, type Organization } from '../store/organizations.ts'
import { findRole, type MemberRole } from '../store/users.ts'
import { type Actor, isOperator, type Manage } from './context.ts'

/** From the least to the most. Readers look, members run mail, admins set up, owners own. */
const ROLES: readonly MemberRole[] = ['reader', 'member', 'admin', 'owner']

/** Whether a role comprises another. */
export const atLeast = (role: MemberRole, wanted: MemberRole): boolean => ROLES.indexOf(role) >= ROLES.indexOf(wanted)

type Place = { readonly organizationId: number; readonly mailServerId: number | null }

/** Undefined when the actor is a stranger there. */
async function roleAt(db: Queries, actor: Actor, { organizationId, mailServerId }: Place): Promise<MemberRole | undefined> {
  if (isOperator(actor)) return 'owner'
  if (actor.type === 'user') return findRole(db, { organizationId, userId: actor.id })
  if (actor.type === 'credential') return actor.mailServerId === mailServerId ? 'member' : undefined
  return undefined
}

/** @param notFound what a stranger is told, as for something that does not exist */
async function requireRole(
  manage: Pick<Manage, 'db' | 'actor'>,
  place: Place,
  wanted: MemberRole,
  notFound: () => AppError,
): Promise<void> {
  const role = await roleAt(manage.db, manage.actor, place)
  if (!role) throw notFound()
  if (!atLeast(role, wanted)) throw new AppError('auth.forbidden', `This needs the role ${wanted} in the organization; yours is ${role}.`)
}

const NOUNS = {
  organization: 'organization',
  mail_server: 'mail server',
  domain: 'domain',
  credential: 'credential',
  tracking_domain: 'tracking domain',
  webhook: 'webhook',
  route: 'route',
  endpoint: 'endpoint',
  relay: 'relay',
  ip_pool: 'IP pool',
  ip_address: 'address',
  ip_pool_rule: 'rule',
  user: 'user',
} as const

type Noun = keyof typeof NOUNS

export const notFound = (noun: Noun, field?: string): AppError => {
  const code: ErrorCode = `${noun}.not_found`
  return new AppError(code, `There is no such ${NOUNS[noun]}.`, field === undefined ? {} : { field })
}

/** @throws AppError `organization.not_found`, `auth.forbidden` */
export async function requireOrganization(manage: Pick<Manage, 'db' | 'actor'>, id: number, wanted: MemberRole): Promise<Organization> {
  const organization = await findOrganization(manage.db, { id })
  if (!organization) throw notFound('organization')
  await requireRole(manage, { organizationId: id, mailServerId: null }, wanted, () => notFound('organization'))
  return organization
}

/** @throws AppError `mail_server.not_found`, `auth.forbidden` */
export async function requireMailServer(manage: Pick<Manage, 'db' | 'actor'>, id: number, wanted: MemberRole): Promise<MailServer> {
  const mailServer = await findMailServer(manage.db, { id })
  if (!mailServer) throw notFound('mail_server')
  const place = { organizationId: mailServer.organizationId, mailServerId: id }
  await requireRole(manage, place, wanted, () => notFound('mail_server'))
  return mailServer
}

/**
 * For something that a mail server owns: a stranger learns only that there is no such thing.
 * @throws AppError `{noun}.not_found`, `auth.forbidden`
 */
export async function requireOwned<T extends { readonly mailServerId: number }>(
  manage: Pick<Manage, 'db' | 'actor'>,
  noun: Noun,
  owned: T | undefined,
  wanted: MemberRole,
): Promise<{ readonly row: T; readonly mailServer: MailServer }> {
  const mailServer = owned && (await findMailServer(manage.db, { id: owned.mailServerId }))
  if (!owned || !mailServer) throw notFound(noun)
  const place = { organizationId: mailServer.organizationId, mailServerId: mailServer.id }
  await requireRole(manage, place, wanted, () => notFound(noun))
  return { row: owned, mailServer }
}

/** For something that a mail server or an organization owns, such as a domain. */
export async function requirePlace(manage: Pick<Manage, 'db' | 'actor'>, noun: Noun, place: Place, wanted: MemberRole): Promise<void> {
  const alive =
    place.mailServerId === null
      ? findOrganization(manage.db, { id: place.organizationId })
      : findMailServer(manage.db, { id: place.mailServerId })
  if (!(await alive)) throw notFound(noun)
  await requireRole(manage, place, wanted, () => notFound(noun))
}
