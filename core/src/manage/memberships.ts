/** Verbs for memberships: which user may do what in which organization. */
import { AppError } from '../domain/errors.ts'
import { change, type Queries } from '../store/change.ts'
import { lockOrganization } from '../store/organizations.ts'
import { MEMBER_ROLES } from '../store/schema/people.ts'
import { deleteMembership, findRole, findUser, listMembers, type Member, type MemberRole, putMembership } from '../store/users.ts'
import { atLeast, notFound, requireOrganization } from './access.ts'
import { isOperator, type Manage, record } from './context.ts'
import { invalid, oneOfField } from './fields.ts'

export type MembershipInput = { readonly organizationId: number; readonly userId: number; readonly role: MemberRole }

/** Adds a member or gives it another role. @throws AppError `organization.not_found`, `user.not_found`, `auth.forbidden`, `input.invalid` */
export async function setMembership(manage: Manage, input: MembershipInput): Promise<void> {
  const { organizationId, userId } = input
  const role = oneOfField('role', input.role, MEMBER_ROLES)
  await requireOrganization(manage, organizationId, 'admin')
  if (!(await findUser(manage.db, { id: userId }))) throw notFound('user', 'userId')
  await change(manage.db, async (tx) => {
    await lockOrganization(tx, organizationId)
    const former = await findRole(tx, { organizationId, userId })
    await refuseAbove(tx, manage, organizationId, [role, former])
    if (former === 'owner' && role !== 'owner') await refuseLastOwner(tx, organizationId)
    await putMembership(tx, { organizationId, userId, role, createdAt: manage.clock() })
    await record(tx, manage, { action: 'membership.set', subjectId: userId, organizationId, details: { role, former: former ?? null } })
  })
}

/** @throws AppError `organization.not_found`, `membership.not_found`, `auth.forbidden`, `input.invalid` */
export async function removeMembership(manage: Manage, { organizationId, userId }: Omit<MembershipInput, 'role'>): Promise<void> {
  await requireOrganization(manage, organizationId, 'admin')
  await change(manage.db, async (tx) => {
    await lockOrganization(tx, organizationId)
    const former = await findRole(tx, { organizationId, userId })
    if (!former) throw new AppError('membership.not_found', 'This user is no member of the organization.', { field: 'userId' })
    await refuseAbove(tx, manage, organizationId, [former])
    if (former === 'owner') await refuseLastOwner(tx, organizationId)
    await deleteMembership(tx, { organizationId, userId })
    await record(tx, manage, { action: 'membership.deleted', subjectId: userId, organizationId, details: { former } })
  })
}

/** Nobody gives or takes a role above the own. */
async function refuseAbove(
  tx: Queries,
  { actor }: Manage,
  organizationId: number,
  roles: readonly (MemberRole | undefined)[],
): Promise<void> {
  if (isOperator(actor)) return
  const own = actor.type === 'user' ? await findRole(tx, { organizationId, userId: actor.id }) : undefined
  const above = roles.find((role) => role && !(own && atLeast(own, role)))
  if (above) throw new AppError('auth.forbidden', `Only a member with the role ${above} may do that.`, { field: 'role' })
}

/** An organization that has owners keeps one. */
async function refuseLastOwner(tx: Queries, organizationId: number): Promise<void> {
  const owners = (await listMembers(tx, organizationId)).filter(({ role }: Member) => role === 'owner')
  if (owners.length === 1) throw invalid('role', 'This is the last owner; make another member one first.')
}
