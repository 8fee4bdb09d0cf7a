/** Temporary limits of sites, shared by all workers: brought about by replies, lifted by time or by people. */
import type { Database } from './database.ts'
import type { SITE_LIMIT_KINDS } from './schema/sending.ts'
import { select } from './select.ts'

export type SiteLimit = {
  readonly id: number
  readonly site: string
  /** Ours; empty for all. */
  readonly sourceIp: string
  readonly kind: (typeof SITE_LIMIT_KINDS)[number]
  readonly amount: number | null
  /** Name of the IP pool that a `move` leads to. */
  readonly ipPool: string | null
  readonly rule: string
  readonly reply: string
  readonly createdAt: Date
  readonly until: Date
}

const COLUMNS = 'id, site, source_ip AS sourceIp, kind, amount, ip_pool AS ipPool, rule, reply, created_at AS createdAt, until'
const LIMITS_MAX = 10_000

export async function addSiteLimit(db: Database, limit: SiteLimit): Promise<void> {
  await db.$client.query('INSERT INTO site_limits (id, site, source_ip, kind, amount, ip_pool, rule, reply, created_at, until) VALUES ?', [
    [[limit.id, limit.site, limit.sourceIp, limit.kind, limit.amount, limit.ipPool, limit.rule, limit.reply, limit.createdAt, limit.until]],
  ])
}

/** Those in force; of one site, when it is named. */
export async function listSiteLimits(db: Database, { now, site }: { now: Date; site?: string }): Promise<SiteLimit[]> {
  const rows = await select<SiteLimit>(
    db.$client,
    `SELECT ${COLUMNS} FROM site_limits WHERE until > ? AND lifted_at IS NULL ${site === undefined ? '' : 'AND site = ?'} ORDER BY id LIMIT ?`,
    [now, ...(site === undefined ? [] : [site]), LIMITS_MAX],
  )
  return rows
}

/** @returns false when it was not in force any more */
export async function liftSiteLimit(db: Database, id: number, now: Date): Promise<boolean> {
  const [result] = await db.$client.query('UPDATE site_limits SET lifted_at = ? WHERE id = ? AND lifted_at IS NULL AND until > ?', [
    now,
    id,
    now,
  ])
  return 'affectedRows' in result && result.affectedRows === 1
}
