/** Temporary limits of sites, shared by all workers: brought about by replies, lifted by time or by people. */
import { and, eq, gt, isNull } from 'drizzle-orm'
import type { Queries } from './change.ts'
import type { Database } from './database.ts'
import { type SITE_LIMIT_KINDS, siteLimits } from './schema/sending.ts'
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

/** Takes the place of the rule's name. */
export const BY_HAND = 'by-hand'

const COLUMNS = 'id, site, source_ip AS sourceIp, kind, amount, ip_pool AS ipPool, rule, reply, created_at AS createdAt, until'
const LIMITS_MAX = 10_000

export async function addSiteLimit(db: Queries, limit: SiteLimit): Promise<void> {
  await db.insert(siteLimits).values(limit)
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

/** @returns it, or undefined when it was not in force any more */
export async function liftSiteLimit(db: Queries, id: number, now: Date): Promise<SiteLimit | undefined> {
  const inForce = and(eq(siteLimits.id, id), isNull(siteLimits.liftedAt), gt(siteLimits.until, now))
  const [found] = await db.select().from(siteLimits).where(inForce).for('update')
  if (!found) return undefined
  await db.update(siteLimits).set({ liftedAt: now }).where(eq(siteLimits.id, id))
  const { liftedAt: _open, ...limit } = found
  return limit
}
