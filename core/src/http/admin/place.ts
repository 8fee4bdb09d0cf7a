/** Finds the organization and the mail server that a URL names, for those who may see them. */
import { notFound, requireMailServer, requireOrganization } from '../../manage/access.ts'
import { isOperator, type Manage } from '../../manage/context.ts'
import { findMailServer, type MailServer } from '../../store/mail-servers.ts'
import { findOrganization, type Organization } from '../../store/organizations.ts'
import { findRole, type MemberRole } from '../../store/users.ts'
import { manageAs, signedIn } from './act.ts'
import type { AdminContext, AdminDeps } from './deps.ts'

export type OrganizationPlace = { readonly manage: Manage; readonly organization: Organization; readonly role: MemberRole }
export type Place = OrganizationPlace & { readonly mailServer: MailServer; readonly path: string }

/** @throws AppError `organization.not_found` */
export async function organizationPlace(c: AdminContext, deps: AdminDeps): Promise<OrganizationPlace> {
  const manage = manageAs(c, deps)
  const found = await findOrganization(manage.db, { permalink: c.req.param('organization') ?? '' })
  if (!found) throw notFound('organization')
  const organization = await requireOrganization(manage, found.id, 'reader')
  const member = { organizationId: organization.id, userId: signedIn(c).user.id }
  const role = isOperator(manage.actor) ? 'owner' : await findRole(manage.db, member)
  return { manage, organization, role: role ?? 'reader' }
}

/** @throws AppError `organization.not_found`, `mail_server.not_found` */
export async function mailServerPlace(c: AdminContext, deps: AdminDeps): Promise<Place> {
  const place = await organizationPlace(c, deps)
  const { manage, organization } = place
  const found = await findMailServer(manage.db, { organizationId: organization.id, permalink: c.req.param('server') ?? '' })
  if (!found) throw notFound('mail_server')
  const mailServer = await requireMailServer(manage, found.id, 'reader')
  c.set('mailServerId', mailServer.id)
  return { ...place, mailServer, path: mailServerPath(organization, mailServer) }
}

export const organizationPath = ({ permalink }: Pick<Organization, 'permalink'>): string => `/org/${permalink}`

export const mailServerPath = (organization: Pick<Organization, 'permalink'>, { permalink }: Pick<MailServer, 'permalink'>): string =>
  `${organizationPath(organization)}/servers/${permalink}`
