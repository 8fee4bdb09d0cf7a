/** The addresses of a pool: add, change, warm up, remove. For operators only. */
import { Hono } from 'hono'
import { notFound } from '../../../manage/access.ts'
import {
  addIpAddress,
  getIpAddress,
  removeIpAddress,
  startWarmUp,
  stopWarmUp,
  updateIpAddressSettings,
} from '../../../manage/ip-addresses.ts'
import { ipPoolsOf } from '../../../manage/ip-pools.ts'
import type { IpAddress } from '../../../store/ip-addresses.ts'
import { done, fieldOf, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { Page } from '../ui/page.tsx'
import { viewOf } from '../ui/view.ts'
import { type AddressFields, AddressForm } from './forms.tsx'
import { POOLS, START } from './list-page.tsx'
import { type PoolPlace, poolHref, poolPlace, showPool } from './routes.tsx'

export function ipAddressRoutes(deps: AdminDeps): Hono<AdminEnv> {
  const at = '/ip-pools/:uuid/addresses'
  return new Hono<AdminEnv>()
    .post(at, (c) => add(c, deps))
    .get(`${at}/:address`, (c) => edit(c, deps))
    .post(`${at}/:address/settings`, (c) => update(c, deps))
    .post(`${at}/:address/warm-up`, (c) => warmUp(c, deps))
    .post(`${at}/:address/warm-up/end`, (c) => endWarmUp(c, deps))
    .post(`${at}/:address/removal`, (c) => remove(c, deps))
}

const addressFields = async (c: AdminContext): Promise<AddressFields> => ({
  ipv4: await fieldOf(c, 'ipv4'),
  ipv6: await fieldOf(c, 'ipv6'),
  hostname: await fieldOf(c, 'hostname'),
  priority: await fieldOf(c, 'priority'),
  warmUp: (await fieldOf(c, 'warm_up')) === 'yes',
  pool: await fieldOf(c, 'pool'),
})

const priorityOf = ({ priority }: AddressFields): number => (priority.trim() === '' ? Number.NaN : Number(priority))

async function add(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await poolPlace(c, deps)
  const fields = await addressFields(c)
  try {
    await addIpAddress(place.manage, { ...fields, priority: priorityOf(fields), ipPoolId: place.pool.id })
    return done(c, 'ip_address.created', poolHref(place.pool))
  } catch (fault) {
    return showPool(c, deps, place, { form: 'address', fields, mistake: mistakeOf(fault) })
  }
}

type AddressPlace = PoolPlace & { readonly address: IpAddress }

/** @throws AppError `ip_pool.not_found`, `ip_address.not_found`, `auth.forbidden` */
async function addressPlace(c: AdminContext, deps: AdminDeps): Promise<AddressPlace> {
  const place = await poolPlace(c, deps)
  const address = await getIpAddress(place.manage, { id: Number(c.req.param('address')) || 0 })
  if (address.ipPoolId !== place.pool.id) throw notFound('ip_address')
  return { ...place, address }
}

const edit = async (c: AdminContext, deps: AdminDeps): Promise<Response> => editForm(c, deps, await addressPlace(c, deps))

async function editForm(
  c: AdminContext,
  deps: AdminDeps,
  { manage, pool, address }: AddressPlace,
  refused?: { readonly fields: AddressFields; readonly mistake: Mistake },
): Promise<Response> {
  const { ipv4, ipv6, hostname, priority, ipPoolId } = address
  const stored = { ipv4, ipv6: ipv6 ?? '', hostname, priority: String(priority), warmUp: false, pool: String(ipPoolId) }
  const view = viewOf(c, deps)
  const action = `${poolHref(pool)}/addresses/${address.id}/settings`
  const page = (
    <Page view={view} title={`${ipv4} · ${pool.name}`} crumbs={[START, POOLS, { label: pool.name, href: poolHref(pool) }]}>
      <div class="page-head">
        <h1>{ipv4}</h1>
      </div>
      <AddressForm
        {...{ view, action, title: 'Change this address', button: 'Save', pools: await ipPoolsOf(manage) }}
        fields={refused?.fields ?? stored}
        mistake={refused?.mistake}
      />
    </Page>
  )
  return send(c, page, refused ? 422 : 200)
}

async function update(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await addressPlace(c, deps)
  const fields = await addressFields(c)
  const { ipv4, ipv6, hostname } = fields
  try {
    const changes = { ipv4, ipv6, hostname, priority: priorityOf(fields), ipPoolId: Number(fields.pool) || 0 }
    await updateIpAddressSettings(place.manage, { id: place.address.id, ...changes })
    return done(c, 'ip_address.updated', poolHref(place.pool))
  } catch (fault) {
    return editForm(c, deps, place, { fields, mistake: mistakeOf(fault) })
  }
}

async function warmUp(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, pool, address } = await addressPlace(c, deps)
  await startWarmUp(manage, address)
  return done(c, 'ip_address.warm_up_started', poolHref(pool))
}

async function endWarmUp(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, pool, address } = await addressPlace(c, deps)
  if (address.warmupStartedAt !== null) await stopWarmUp(manage, address)
  return done(c, 'ip_address.warm_up_stopped', poolHref(pool))
}

async function remove(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, pool, address } = await addressPlace(c, deps)
  await removeIpAddress(manage, address)
  return done(c, 'ip_address.deleted', poolHref(pool))
}
