/** IP pools: list, add, show, change, give to organizations, remove. For operators only. */
import { Hono } from 'hono'
import type { Manage } from '../../../manage/context.ts'
import { type IpAddressState, statesOf } from '../../../manage/ip-address-states.ts'
import { ipAddressesOf } from '../../../manage/ip-addresses.ts'
import { createIpPool, getIpPool, giveIpPool, ipPoolsOf, removeIpPool, takeIpPool, updateIpPoolSettings } from '../../../manage/ip-pools.ts'
import { type IpPool, organizationsOfIpPools } from '../../../store/ip-pools.ts'
import { listOrganizations } from '../../../store/organizations.ts'
import { done, fieldOf, manageAs, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { viewOf } from '../ui/view.ts'
import type { PoolFields } from './forms.tsx'
import { PoolsPage } from './list-page.tsx'
import { PoolPage, type RefusedForm } from './show-page.tsx'

/** Those that a pool may be given to are offered in one list. */
const ORGANIZATIONS_MAX = 500

export function ipPoolRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/ip-pools', (c) => list(c, deps))
    .post('/ip-pools', (c) => create(c, deps))
    .get('/ip-pools/:uuid', (c) => show(c, deps))
    .post('/ip-pools/:uuid/settings', (c) => update(c, deps))
    .post('/ip-pools/:uuid/organizations', (c) => give(c, deps))
    .post('/ip-pools/:uuid/organizations/removal', (c) => take(c, deps))
    .post('/ip-pools/:uuid/removal', (c) => remove(c, deps))
}

export const poolHref = ({ uuid }: Pick<IpPool, 'uuid'>): string => `/ip-pools/${uuid}`

async function list(c: AdminContext, deps: AdminDeps, refused?: { fields: PoolFields; mistake: Mistake }): Promise<Response> {
  const manage = manageAs(c, deps)
  const [pools, states] = await Promise.all([ipPoolsOf(manage), addressStates(manage)])
  const sections = pools.map((pool) => ({
    ...{ href: poolHref(pool), name: pool.name, isDefault: pool.isDefault },
    addresses: states.filter(({ ipPoolId }) => ipPoolId === pool.id),
  }))
  const page = <PoolsPage view={viewOf(c, deps)} pools={sections} inUse={deps.useIpPools} {...refused} />
  return send(c, page, refused ? 422 : 200)
}

const addressStates = async (manage: Manage, ipPoolIds?: readonly number[]): Promise<IpAddressState[]> =>
  statesOf(manage, await ipAddressesOf(manage, ipPoolIds))

const poolFields = async (c: AdminContext): Promise<PoolFields> => ({
  name: await fieldOf(c, 'name'),
  isDefault: (await fieldOf(c, 'default')) === 'yes',
})

async function create(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const fields = await poolFields(c)
  try {
    return done(c, 'ip_pool.created', poolHref(await createIpPool(manageAs(c, deps), fields)))
  } catch (fault) {
    return list(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

export type PoolPlace = { readonly manage: Manage; readonly pool: IpPool }

/** @throws AppError `ip_pool.not_found`, `auth.forbidden` */
export async function poolPlace(c: AdminContext, deps: AdminDeps): Promise<PoolPlace> {
  const manage = manageAs(c, deps)
  return { manage, pool: await getIpPool(manage, { uuid: c.req.param('uuid') ?? '' }) }
}

const show = async (c: AdminContext, deps: AdminDeps): Promise<Response> => showPool(c, deps, await poolPlace(c, deps))

export async function showPool(c: AdminContext, deps: AdminDeps, { manage, pool }: PoolPlace, refused?: RefusedForm): Promise<Response> {
  const [addresses, assigned, organizations] = await Promise.all([
    addressStates(manage, [pool.id]),
    organizationsOfIpPools(manage.db),
    listOrganizations(manage.db, { limit: ORGANIZATIONS_MAX }),
  ])
  const users = assigned.filter(({ ipPoolId }) => ipPoolId === pool.id)
  const props = {
    ...{ view: viewOf(c, deps), pool, href: poolHref(pool), inUse: deps.useIpPools, addresses, users, refused },
    others: organizations.filter(({ id }) => !users.some((user) => user.id === id)),
  }
  return send(c, <PoolPage {...props} />, refused ? 422 : 200)
}

async function update(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await poolPlace(c, deps)
  const fields = await poolFields(c)
  try {
    await updateIpPoolSettings(place.manage, { id: place.pool.id, ...fields })
    return done(c, 'ip_pool.updated', poolHref(place.pool))
  } catch (fault) {
    return showPool(c, deps, place, { form: 'settings', fields, mistake: mistakeOf(fault) })
  }
}

const organizationId = async (c: AdminContext): Promise<number> => Number(await fieldOf(c, 'organization')) || 0

async function give(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, pool } = await poolPlace(c, deps)
  await giveIpPool(manage, { ipPoolId: pool.id, organizationId: await organizationId(c) })
  return done(c, 'ip_pool.given', poolHref(pool))
}

async function take(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await poolPlace(c, deps)
  try {
    await takeIpPool(place.manage, { ipPoolId: place.pool.id, organizationId: await organizationId(c) })
    return done(c, 'ip_pool.taken', poolHref(place.pool))
  } catch (fault) {
    return showPool(c, deps, place, { form: 'page', mistake: mistakeOf(fault) })
  }
}

async function remove(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await poolPlace(c, deps)
  try {
    await removeIpPool(place.manage, place.pool)
    return done(c, 'ip_pool.deleted', '/ip-pools')
  } catch (fault) {
    return showPool(c, deps, place, { form: 'page', mistake: mistakeOf(fault) })
  }
}
