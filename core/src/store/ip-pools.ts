/** IP pools, their addresses, the rules that choose between them, and how the warming of addresses goes. */
import { nextBudget, type WarmupDay } from '../domain/warm-up.ts'
import type { Database } from './database.ts'
import { inTransaction } from './transaction.ts'

export type IpAddress = {
  readonly id: number
  readonly ipPoolId: number
  readonly ipv4: string
  readonly ipv6: string | null
  readonly hostname: string
  readonly priority: number
  /** Null when it is warm. */
  readonly warmupStartedAt: Date | null
}

export type IpPoolRule = {
  readonly organizationId: number
  /** Null for all mail servers of the organization. */
  readonly mailServerId: number | null
  readonly ipPoolId: number
  readonly fromText: string
  readonly toText: string
}

export type IpPlan = {
  readonly addresses: readonly IpAddress[]
  /** Newest first. */
  readonly rules: readonly IpPoolRule[]
  /** Pools of mail servers that have one. */
  readonly poolOf: ReadonlyMap<number, number>
}

/** All of it: there are few, and every mail needs them. */
export async function readIpPlan(db: Database): Promise<IpPlan> {
  const read = async <T>(sql: string): Promise<T[]> => {
    const [rows] = await db.$client.query(sql)
    return rows as unknown as T[] // as each statement below selects
  }
  const [addresses, rules, pools] = await Promise.all([
    read<IpAddress>(
      'SELECT id, ip_pool_id AS ipPoolId, ipv4, ipv6, hostname, priority, warmup_started_at AS warmupStartedAt FROM ip_addresses ORDER BY id',
    ),
    read<IpPoolRule>(
      'SELECT organization_id AS organizationId, mail_server_id AS mailServerId, ip_pool_id AS ipPoolId, from_text AS fromText, to_text AS toText FROM ip_pool_rules ORDER BY id DESC',
    ),
    read<{ id: number; ipPoolId: number }>('SELECT id, ip_pool_id AS ipPoolId FROM mail_servers WHERE ip_pool_id IS NOT NULL'),
  ])
  return { addresses, rules, poolOf: new Map(pools.map((row) => [row.id, row.ipPoolId])) }
}

export type WarmupPlace = { readonly ipAddressId: number; readonly provider: string; readonly now: Date }

const DAY_MS = 86_400_000
export const dayOf = (now: Date): Date => new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS)

/** Takes one message out of the day's budget. @returns false when it is used up */
export async function takeBudget(db: Database, place: WarmupPlace): Promise<boolean> {
  const take = async () => {
    const [result] = await db.$client.query(
      'UPDATE warmup_days SET sent = sent + 1 WHERE ip_address_id = ? AND provider = ? AND day = ? AND sent < budget',
      [place.ipAddressId, place.provider, dayOf(place.now)],
    )
    return 'affectedRows' in result && result.affectedRows === 1
  }
  if (await take()) return true
  await openDay(db, place)
  return take()
}

/** The first message of a day sets its budget; those that come at the same time find it set. */
async function openDay(db: Database, { ipAddressId, provider, now }: WarmupPlace): Promise<void> {
  await inTransaction(db, async (tx) => {
    const [rows] = await tx.query(
      'SELECT budget, sent, deferred FROM warmup_days WHERE ip_address_id = ? AND provider = ? AND day < ? ORDER BY day DESC LIMIT 1',
      [...[ipAddressId, provider, dayOf(now)]],
    )
    const [before] = rows as unknown as WarmupDay[] // as selected
    await tx.query('INSERT IGNORE INTO warmup_days (ip_address_id, provider, day, budget) VALUES (?, ?, ?, ?)', [
      ...[ipAddressId, provider, dayOf(now), nextBudget(before)],
    ])
  })
}

/** A message was put off for a reason that is about us. */
export async function noteDeferral(db: Database, { ipAddressId, provider, now }: WarmupPlace): Promise<void> {
  await db.$client.query('UPDATE warmup_days SET deferred = deferred + 1 WHERE ip_address_id = ? AND provider = ? AND day = ?', [
    ...[ipAddressId, provider, dayOf(now)],
  ])
}
