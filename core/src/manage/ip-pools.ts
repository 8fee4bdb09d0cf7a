/** Verbs for IP pools: groups of our addresses that mail leaves from. Operators make them, organizations are given them. */
import { AppError } from '../domain/errors.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import {
  assignIpPool,
  clearDefaultIpPool,
  deleteIpPool,
  findIpPool,
  type IpPool,
  type IpPoolUse,
  insertIpPool,
  ipPoolUse,
  listIpPools,
  lockIpPools,
  unassignIpPool,
  updateIpPool,
} from '../store/ip-pools.ts'
import { notFound, requireOrganization } from './access.ts'
import { changedFields, given, type Manage, record, requireOperator } from './context.ts'
import { textField } from './fields.ts'

export type NewIpPoolInput = {
  readonly name: string
  /** New organizations and their mail servers get it. */
  readonly isDefault?: boolean
}

/** @throws AppError `auth.forbidden`, `input.invalid`, `ip_pool.taken` */
export async function createIpPool(manage: Manage, { name, isDefault = false }: NewIpPoolInput): Promise<IpPool> {
  requireOperator(manage)
  const { newId, randomBytes, clock } = manage
  const pool: IpPool = { id: newId(), uuid: newUuid(randomBytes), name: textField('name', name), isDefault, createdAt: clock() }
  await change(manage.db, async (tx) => {
    refuseTakenName(await lockIpPools(tx), pool)
    if (isDefault) await clearDefaultIpPool(tx)
    await insertIpPool(tx, pool)
    await record(tx, manage, { action: 'ip_pool.created', subjectId: pool.id, details: { name: pool.name, isDefault } })
  })
  return pool
}

export type IpPoolInput = { readonly id: number; readonly name?: string; readonly isDefault?: boolean }

/** There is one default at most: making another one ends it. @throws AppError `ip_pool.not_found`, `auth.forbidden`, `input.invalid`, `ip_pool.taken` */
export async function updateIpPoolSettings(manage: Manage, { id, ...input }: IpPoolInput): Promise<IpPool> {
  requireOperator(manage)
  const changes = given({ name: input.name === undefined ? undefined : textField('name', input.name), isDefault: input.isDefault })
  return change(manage.db, async (tx) => {
    const pools = await lockIpPools(tx)
    const pool = poolAmong(pools, id)
    const changed = { ...pool, ...changes }
    refuseTakenName(pools, changed)
    if (changes.isDefault) await clearDefaultIpPool(tx)
    await updateIpPool(tx, id, changes)
    await record(tx, manage, { action: 'ip_pool.updated', subjectId: id, details: { changed: changedFields(changes) } })
    return changed
  })
}

/** @throws AppError `ip_pool.not_found`, `auth.forbidden`, `ip_pool.in_use` while it has addresses, or mail servers or rules use it */
export async function removeIpPool(manage: Manage, { id }: { readonly id: number }): Promise<IpPool> {
  requireOperator(manage)
  return change(manage.db, async (tx) => {
    const pool = poolAmong(await lockIpPools(tx), id)
    refuseUsed(pool, await ipPoolUse(tx, id))
    await deleteIpPool(tx, id)
    await record(tx, manage, { action: 'ip_pool.deleted', subjectId: id, details: { name: pool.name } })
    return pool
  })
}

/** All of them for operators; those of an organization for its members. @throws AppError `auth.forbidden`, `organization.not_found` */
export async function ipPoolsOf(manage: Manage, place: { readonly organizationId?: number } = {}): Promise<IpPool[]> {
  if (place.organizationId === undefined) requireOperator(manage)
  else await requireOrganization(manage, place.organizationId, 'reader')
  return listIpPools(manage.db, place)
}

/** @throws AppError `ip_pool.not_found`, `auth.forbidden` */
export async function getIpPool(manage: Manage, name: { readonly id: number } | { readonly uuid: string }): Promise<IpPool> {
  requireOperator(manage)
  const pool = await findIpPool(manage.db, name)
  if (!pool) throw notFound('ip_pool')
  return pool
}

type Assignment = { readonly ipPoolId: number; readonly organizationId: number }

/** Lets an organization's mail servers and rules use a pool. @throws AppError `ip_pool.not_found`, `organization.not_found`, `auth.forbidden` */
export async function giveIpPool(manage: Manage, { ipPoolId, organizationId }: Assignment): Promise<IpPool> {
  requireOperator(manage)
  await requireOrganization(manage, organizationId, 'owner')
  return change(manage.db, async (tx) => {
    const pool = poolAmong(await lockIpPools(tx), ipPoolId)
    await assignIpPool(tx, { ipPoolId, organizationId })
    await record(tx, manage, { action: 'ip_pool.given', subjectId: ipPoolId, organizationId, details: { name: pool.name } })
    return pool
  })
}

/** @throws AppError `ip_pool.not_found`, `organization.not_found`, `auth.forbidden`, `ip_pool.in_use` while its mail servers or rules use it */
export async function takeIpPool(manage: Manage, { ipPoolId, organizationId }: Assignment): Promise<IpPool> {
  requireOperator(manage)
  await requireOrganization(manage, organizationId, 'owner')
  return change(manage.db, async (tx) => {
    const pool = poolAmong(await lockIpPools(tx), ipPoolId)
    refuseUsed(pool, { ...(await ipPoolUse(tx, ipPoolId, organizationId)), addresses: 0 })
    await unassignIpPool(tx, { ipPoolId, organizationId })
    await record(tx, manage, { action: 'ip_pool.taken', subjectId: ipPoolId, organizationId, details: { name: pool.name } })
    return pool
  })
}

/** What new organizations get, so that their mail leaves from somewhere. */
export async function giveDefaultIpPool(tx: Queries, organizationId: number): Promise<void> {
  const pool = (await lockIpPools(tx)).find(({ isDefault }) => isDefault)
  if (pool) await assignIpPool(tx, { ipPoolId: pool.id, organizationId })
}

export function poolAmong(pools: readonly IpPool[], id: number): IpPool {
  const pool = pools.find((one) => one.id === id)
  if (!pool) throw notFound('ip_pool')
  return pool
}

/** People and throttle rules call pools by their names. */
function refuseTakenName(pools: readonly IpPool[], { id, name }: IpPool): void {
  if (pools.some((other) => other.id !== id && other.name.toLowerCase() === name.toLowerCase()))
    throw new AppError('ip_pool.taken', `There is an IP pool named ${name} already; choose another name.`, { field: 'name' })
}

function refuseUsed({ name }: IpPool, { addresses, mailServers, rules }: IpPoolUse): void {
  const uses = [counted(addresses, 'address', 'addresses'), counted(mailServers, 'mail server'), counted(rules, 'rule')].filter(Boolean)
  if (uses.length > 0)
    throw new AppError('ip_pool.in_use', `The IP pool ${name} still has ${uses.join(' and ')}; remove or move them first.`, { field: 'id' })
}

const counted = (count: number, one: string, many = `${one}s`): string => (count === 0 ? '' : `${count} ${count === 1 ? one : many}`)
