/** Verbs for the addresses of IP pools: what they greet with, their share, and their warming up. For operators. */
import ipaddr from 'ipaddr.js'
import { AppError } from '../domain/errors.ts'
import { change, type Queries } from '../store/change.ts'
import {
  deleteIpAddress,
  findIpAddress,
  type IpAddress,
  insertIpAddress,
  ipv6Taken,
  listIpAddresses,
  updateIpAddress,
} from '../store/ip-addresses.ts'
import { lockIpPools } from '../store/ip-pools.ts'
import { forgetWarmup } from '../store/warm-up.ts'
import { notFound } from './access.ts'
import { asTaken, changedFields, given, type Manage, record, requireOperator } from './context.ts'
import { hostNameField, invalid, wholeField } from './fields.ts'
import { poolAmong } from './ip-pools.ts'

const PRIORITY = { min: 0, max: 100 }

export type IpAddressSettings = {
  readonly ipPoolId?: number
  readonly ipv4?: string
  /** Null or blank for none. */
  readonly ipv6?: string | null
  readonly hostname?: string
  /** Its share of the pool's mail beside the others; 0 only when the others cannot. */
  readonly priority?: number
}

export type NewIpAddressInput = IpAddressSettings & {
  readonly ipPoolId: number
  readonly ipv4: string
  readonly hostname: string
  /** Nobody knows it yet: little mail at first, and more every day. */
  readonly warmUp?: boolean
}

/** @throws AppError `ip_pool.not_found`, `auth.forbidden`, `input.invalid`, `ip_address.taken` */
export async function addIpAddress(manage: Manage, { ipPoolId, warmUp = false, ...input }: NewIpAddressInput): Promise<IpAddress> {
  requireOperator(manage)
  const now = manage.clock()
  const row: IpAddress = {
    id: manage.newId(),
    ipPoolId,
    ipv4: ipv4Field(input.ipv4),
    ipv6: ipv6Field(input.ipv6 ?? null),
    hostname: greetingField(input.hostname),
    priority: wholeField('priority', input.priority ?? PRIORITY.max, PRIORITY),
    warmupStartedAt: warmUp ? now : null,
    warmupEndedAt: null,
    createdAt: now,
  }
  await change(manage.db, async (tx) => {
    poolAmong(await lockIpPools(tx), ipPoolId)
    await refuseTakenIpv6(tx, row)
    await insertIpAddress(tx, row).catch(taken('ipv4', row.ipv4))
    await record(tx, manage, { action: 'ip_address.created', subjectId: row.id, details: facts(row) })
  })
  return row
}

/** Changes what is given. @throws AppError `ip_address.not_found`, `ip_pool.not_found`, `auth.forbidden`, `input.invalid`, `ip_address.taken` */
export async function updateIpAddressSettings(
  manage: Manage,
  { id, ...input }: IpAddressSettings & { readonly id: number },
): Promise<IpAddress> {
  const before = await getIpAddress(manage, { id })
  const changes = given({
    ipPoolId: input.ipPoolId,
    ipv4: input.ipv4 === undefined ? undefined : ipv4Field(input.ipv4),
    ipv6: input.ipv6 === undefined ? undefined : ipv6Field(input.ipv6),
    hostname: input.hostname === undefined ? undefined : greetingField(input.hostname),
    priority: input.priority === undefined ? undefined : wholeField('priority', input.priority, PRIORITY),
  })
  const row = { ...before, ...changes }
  await change(manage.db, async (tx) => {
    poolAmong(await lockIpPools(tx), row.ipPoolId)
    await refuseTakenIpv6(tx, row)
    await updateIpAddress(tx, id, changes).catch(taken('ipv4', row.ipv4))
    await record(tx, manage, { action: 'ip_address.updated', subjectId: id, details: { changed: changedFields(changes) } })
  })
  return row
}

/** Mail that would have left from it leaves from the others of its pool. @throws AppError `ip_address.not_found`, `auth.forbidden` */
export async function removeIpAddress(manage: Manage, { id }: { readonly id: number }): Promise<IpAddress> {
  const row = await getIpAddress(manage, { id })
  await change(manage.db, async (tx) => {
    await deleteIpAddress(tx, id)
    await forgetWarmup(tx, id)
    await record(tx, manage, { action: 'ip_address.deleted', subjectId: id, details: facts(row) })
  })
  return row
}

/** Begins with the first day's budgets, also when it was being warmed up before. @throws AppError `ip_address.not_found`, `auth.forbidden` */
export async function startWarmUp(manage: Manage, { id }: { readonly id: number }): Promise<IpAddress> {
  const row = await getIpAddress(manage, { id })
  const warmupStartedAt = manage.clock()
  await change(manage.db, async (tx) => {
    await forgetWarmup(tx, id)
    await updateIpAddress(tx, id, { warmupStartedAt, warmupEndedAt: null })
    await record(tx, manage, { action: 'ip_address.warm_up_started', subjectId: id, details: { ipv4: row.ipv4 } })
  })
  return { ...row, warmupStartedAt, warmupEndedAt: null }
}

/** Its share of the mail counts from now on, without budgets. @throws AppError `ip_address.not_found`, `auth.forbidden`, `input.invalid` */
export async function stopWarmUp(manage: Manage, { id }: { readonly id: number }): Promise<IpAddress> {
  const row = await getIpAddress(manage, { id })
  if (row.warmupStartedAt === null) throw invalid('id', `${row.ipv4} is not being warmed up.`)
  const ended = { warmupStartedAt: null, warmupEndedAt: manage.clock() }
  await change(manage.db, async (tx) => {
    await updateIpAddress(tx, id, ended)
    await record(tx, manage, { action: 'ip_address.warm_up_stopped', subjectId: id, details: { ipv4: row.ipv4 } })
  })
  return { ...row, ...ended }
}

/** @throws AppError `ip_address.not_found`, `auth.forbidden` */
export async function getIpAddress(manage: Manage, name: { readonly id: number } | { readonly ipv4: string }): Promise<IpAddress> {
  requireOperator(manage)
  const row = await findIpAddress(manage.db, name)
  if (!row) throw notFound('ip_address')
  return row
}

/** Of some pools when they are named. @throws AppError `auth.forbidden` */
export async function ipAddressesOf(manage: Manage, ipPoolIds?: readonly number[]): Promise<IpAddress[]> {
  requireOperator(manage)
  return listIpAddresses(manage.db, ipPoolIds)
}

const facts = ({ ipPoolId, ipv4, ipv6, hostname, priority, warmupStartedAt }: IpAddress) => ({
  ...{ ipPoolId, ipv4, ipv6, hostname, priority },
  warmingUp: warmupStartedAt !== null,
})

const taken = (field: 'ipv4' | 'ipv6', ip: string) => asTaken('ip_address.taken', field, `${ip} is in an IP pool already.`)

async function refuseTakenIpv6(tx: Queries, { id, ipv6 }: IpAddress): Promise<void> {
  if (ipv6 !== null && (await ipv6Taken(tx, ipv6, id)))
    throw new AppError('ip_address.taken', `${ipv6} is in an IP pool already.`, { field: 'ipv6' })
}

/** Nobody can send from these. */
const UNUSABLE: ReadonlySet<string> = new Set(['unspecified', 'broadcast', 'multicast', 'linkLocal', 'ipv4Mapped'])

function ipv4Field(value: string): string {
  const text = value.trim()
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) || UNUSABLE.has(ipaddr.IPv4.parse(text).range()))
    throw invalid('ipv4', 'ipv4 must be an address of this machine, such as 192.0.2.25.')
  return ipaddr.IPv4.parse(text).toString()
}

function ipv6Field(value: string | null): string | null {
  const text = value?.trim() ?? ''
  if (text === '') return null
  if (text.includes('%') || !ipaddr.IPv6.isValid(text) || UNUSABLE.has(ipaddr.IPv6.parse(text).range()))
    throw invalid('ipv6', 'ipv6 must be an address of this machine, such as 2001:db8::25, or blank.')
  return ipaddr.IPv6.parse(text).toString()
}

/** RFC 5321 §4.1.1.1 wants a fully qualified name; receivers compare it with the address's PTR record. */
function greetingField(value: string): string {
  const host = hostNameField('hostname', value, GREETING)
  if (!host.includes('.')) throw invalid('hostname', GREETING)
  return host
}

const GREETING = "hostname must be the whole name in the address's PTR record, such as mta1.example.com."
