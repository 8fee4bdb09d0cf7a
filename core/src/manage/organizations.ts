/** Verbs for organizations, the tenants. */
import { AppError } from '../domain/errors.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import { releaseOrganization } from '../store/deleted-owners.ts'
import { insertOrganization, type NewOrganization, type Organization, permalinksLike, updateOrganization } from '../store/organizations.ts'
import { requireOrganization } from './access.ts'
import { asTaken, changedFields, given, type Manage, record, requireOperator } from './context.ts'
import { permalinkField, permalinkFrom, textField, timeZoneField } from './fields.ts'
import { giveDefaultIpPool } from './ip-pools.ts'

/** Parts of URLs, or machines' names that people would trust. */
const RESERVED = ['new', 'edit', 'remove', 'delete', 'destroy', 'admin', 'mail', 'org', 'server']
const NAME_MAX = 255

export type NewOrganizationInput = {
  readonly name: string
  /** Made from the name when absent, with a number when that is taken. */
  readonly permalink?: string
  readonly timeZone?: string
}

/** @throws AppError `auth.forbidden`, `input.invalid`, `organization.taken` */
export async function createOrganization(manage: Manage, input: NewOrganizationInput): Promise<Organization> {
  requireOperator(manage)
  const name = textField('name', input.name, NAME_MAX)
  const timeZone = timeZoneField(input.timeZone ?? 'UTC')
  const chosen = input.permalink === undefined || input.permalink === '' ? undefined : permalinkField(input.permalink, RESERVED)
  return change(manage.db, async (tx) => {
    const organization = {
      id: manage.newId(),
      uuid: newUuid(manage.randomBytes),
      name,
      permalink: chosen ?? (await freePermalink(tx, name)),
      timeZone,
      suspendedAt: null,
      suspensionReason: null,
      deletedAt: null,
      createdAt: manage.clock(),
    } satisfies NewOrganization
    await insertOrganization(tx, organization).catch(
      asTaken('organization.taken', 'permalink', `The permalink ${organization.permalink} is taken; choose another.`),
    )
    await giveDefaultIpPool(tx, organization.id)
    await record(tx, manage, {
      action: 'organization.created',
      subjectId: organization.id,
      organizationId: organization.id,
      details: { name, permalink: organization.permalink },
    })
    return organization
  })
}

/** `acme`, then `acme-2`, `acme-3` … */
async function freePermalink(db: Queries, name: string): Promise<string> {
  const base = permalinkFrom(name) || 'organization'
  const taken = await permalinksLike(db, base)
  const isFree = (candidate: string) => !taken.has(candidate) && !RESERVED.includes(candidate)
  if (isFree(base)) return base
  for (let number = 2; ; number += 1) {
    const candidate = `${base}-${number}`
    if (isFree(candidate)) return candidate
  }
}

export type OrganizationInput = { readonly id: number; readonly name?: string; readonly timeZone?: string }

/** @throws AppError `organization.not_found`, `auth.forbidden`, `input.invalid` */
export async function updateOrganizationSettings(manage: Manage, input: OrganizationInput): Promise<Organization> {
  const organization = await requireOrganization(manage, input.id, 'admin')
  const changes = given({
    name: input.name === undefined ? undefined : textField('name', input.name, NAME_MAX),
    timeZone: input.timeZone === undefined ? undefined : timeZoneField(input.timeZone),
  })
  await apply(manage, input.id, 'updated', changes)
  return { ...organization, ...changes }
}

/** Soft: it is gone at once for everybody, and its data a week later. */
export async function deleteOrganization(manage: Manage, { id, confirmation }: { id: number; confirmation: string }): Promise<void> {
  const organization = await requireOrganization(manage, id, 'owner')
  confirmName(organization.name, confirmation)
  await change(manage.db, async (tx) => {
    await releaseOrganization(tx, id)
    await updateOrganization(tx, id, { deletedAt: manage.clock() })
    await record(tx, manage, { action: 'organization.deleted', subjectId: id, organizationId: id, details: { name: organization.name } })
  })
}

/** What is being deleted must be named, whatever the letters' case and blanks around it. */
export function confirmName(name: string, confirmation: string): void {
  if (confirmation.trim().toLowerCase() !== name.trim().toLowerCase())
    throw new AppError('input.invalid', `To confirm, confirmation must be the name: ${name}`, { field: 'confirmation' })
}

/** Suspends all its mail servers with it. */
export async function suspendOrganization(manage: Manage, { id, reason }: { id: number; reason: string }): Promise<void> {
  requireOperator(manage)
  await requireOrganization(manage, id, 'owner')
  const suspensionReason = textField('reason', reason)
  await apply(manage, id, 'suspended', { suspendedAt: manage.clock(), suspensionReason }, { reason: suspensionReason })
}

export async function unsuspendOrganization(manage: Manage, { id }: { id: number }): Promise<void> {
  requireOperator(manage)
  await requireOrganization(manage, id, 'owner')
  await apply(manage, id, 'unsuspended', { suspendedAt: null, suspensionReason: null })
}

async function apply(
  manage: Manage,
  id: number,
  verb: string,
  changes: Parameters<typeof updateOrganization>[2],
  details: Readonly<{ [name: string]: unknown }> = { changed: changedFields(changes) },
): Promise<void> {
  await change(manage.db, async (tx) => {
    await updateOrganization(tx, id, changes)
    await record(tx, manage, { action: `organization.${verb}`, subjectId: id, organizationId: id, details })
  })
}
