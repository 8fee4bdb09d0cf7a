/** What chooses the address that mail leaves from: the addresses of all pools, the rules, and the pool of each mail server. */
import { presentAddresses } from '../domain/presence.ts'
import type { Database } from './database.ts'
import { select } from './select.ts'
import { listWorkerAddresses } from './worker-addresses.ts'

export type PlannedAddress = {
  readonly id: number
  readonly ipPoolId: number
  readonly ipv4: string
  readonly ipv6: string | null
  readonly hostname: string
  readonly priority: number
  /** Null when it is warm. */
  readonly warmupStartedAt: Date | null
}

export type PlannedRule = {
  readonly organizationId: number
  /** Null for all mail servers of the organization. */
  readonly mailServerId: number | null
  readonly ipPoolId: number
  readonly fromText: string
  readonly toText: string
}

export type IpPlan = {
  readonly pools: readonly { readonly id: number; readonly name: string }[]
  readonly addresses: readonly PlannedAddress[]
  /** Newest first. */
  readonly rules: readonly PlannedRule[]
  /** Pools of mail servers that have one. */
  readonly poolOf: ReadonlyMap<number, number>
  /** Addresses that some worker's machine has. */
  readonly present: ReadonlySet<string>
}

/** All of it: there are few, and every mail needs them. */
export async function readIpPlan(db: Database, now: Date): Promise<IpPlan> {
  const [pools, addresses, rules, choices, reports] = await Promise.all([
    select<{ id: number; name: string }>(db.$client, 'SELECT id, name FROM ip_pools ORDER BY id'),
    select<PlannedAddress>(
      db.$client,
      'SELECT id, ip_pool_id AS ipPoolId, ipv4, ipv6, hostname, priority, warmup_started_at AS warmupStartedAt FROM ip_addresses ORDER BY id',
    ),
    select<PlannedRule>(
      db.$client,
      'SELECT organization_id AS organizationId, mail_server_id AS mailServerId, ip_pool_id AS ipPoolId, from_text AS fromText, to_text AS toText FROM ip_pool_rules ORDER BY id DESC',
    ),
    select<{ id: number; ipPoolId: number }>(
      db.$client,
      'SELECT id, ip_pool_id AS ipPoolId FROM mail_servers WHERE ip_pool_id IS NOT NULL',
    ),
    listWorkerAddresses(db),
  ])
  const poolOf = new Map(choices.map((row) => [row.id, row.ipPoolId]))
  return { pools, addresses, rules, poolOf, present: presentAddresses(reports, now) }
}
