/** How mail to sites goes, as the processes that send it report: counts by hour, the last reply, and where domains lead. */
import type { Database } from './database.ts'
import { select } from './select.ts'

/** What one process has seen of a site within an hour, to be added to what it reported before. */
export type SiteTally = {
  readonly hour: Date
  readonly site: string
  readonly sent: number
  readonly delayed: number
  readonly failed: number
  readonly dead: boolean
  readonly triedAt: Date
  readonly refusal: SiteRefusal | null
}

/** The last that was not taken. */
export type SiteRefusal = {
  readonly host: string | null
  readonly reply: string
  readonly replyClass: string | null
  readonly at: Date
}

export type SiteOfDomain = { readonly domain: string; readonly site: string }

const ROWS_MAX = 500

/** In key order, so that statements of one process cannot deadlock. */
export async function addSiteTallies(db: Database, node: number, tallies: readonly SiteTally[]): Promise<void> {
  const rows = tallies
    .toSorted((a, b) => a.hour.getTime() - b.hour.getTime() || (a.site < b.site ? -1 : 1))
    .map(({ hour, site, sent, delayed, failed, dead, triedAt, refusal }) => [
      ...[hour, site, node, sent, delayed, failed, dead, triedAt],
      ...[refusal?.host ?? null, refusal?.reply ?? null, refusal?.replyClass ?? null, refusal?.at ?? null],
    ])
  for (let start = 0; start < rows.length; start += ROWS_MAX)
    await db.$client.query(
      `INSERT INTO site_hours (hour, site, node, sent, \`delayed\`, failed, dead, tried_at, host, reply, reply_class, replied_at) VALUES ?
       ON DUPLICATE KEY UPDATE sent = sent + VALUES(sent), \`delayed\` = \`delayed\` + VALUES(\`delayed\`), failed = failed + VALUES(failed),
         dead = VALUES(dead), tried_at = VALUES(tried_at), host = IF(VALUES(replied_at) IS NULL, host, VALUES(host)),
         reply = COALESCE(VALUES(reply), reply), reply_class = IF(VALUES(replied_at) IS NULL, reply_class, VALUES(reply_class)),
         replied_at = COALESCE(VALUES(replied_at), replied_at)`,
      [rows.slice(start, start + ROWS_MAX)],
    )
}

export async function putSitesOfDomains(db: Database, places: readonly SiteOfDomain[], now: Date): Promise<void> {
  const rows = places.toSorted((a, b) => (a.domain < b.domain ? -1 : 1)).map(({ domain, site }) => [domain, site, now])
  for (let start = 0; start < rows.length; start += ROWS_MAX)
    await db.$client.query(
      'INSERT INTO site_domains (domain, site, seen_at) VALUES ? ON DUPLICATE KEY UPDATE site = VALUES(site), seen_at = VALUES(seen_at)',
      [rows.slice(start, start + ROWS_MAX)],
    )
}

export type SiteOutcomes = { readonly sent: number; readonly delayed: number; readonly failed: number }

/** Sites that put mail off or could not be reached since then, as each process reported of each hour, the worst first. */
export const troubledSites = (db: Database, { since, limit }: { since: Date; limit: number }): Promise<TroubledSite[]> =>
  select<TroubledSite>(
    db.$client,
    'SELECT site, `delayed` FROM site_hours WHERE hour >= ? AND (`delayed` > 0 OR dead) ORDER BY dead DESC, `delayed` DESC LIMIT ?',
    [hourOf(since), limit],
  )

export type TroubledSite = { readonly site: string; readonly delayed: number }

export type SiteHour = SiteOutcomes & {
  readonly site: string
  readonly hour: Date
  readonly dead: boolean
  readonly triedAt: Date
  readonly refusal: SiteRefusal | null
}

type HourRow = Omit<SiteHour, 'dead' | 'refusal'> &
  Omit<SiteRefusal, 'at' | 'reply'> & { dead: number; reply: string | null; at: Date | null }

const HOUR_MS = 3_600_000
const hourOf = (at: Date): Date => new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS)

function hoursFrom(first: Date, last: Date): Date[] {
  const [start, end] = [hourOf(first).getTime(), hourOf(last).getTime()]
  return Array.from({ length: (end - start) / HOUR_MS + 1 }, (_, index) => new Date(start + index * HOUR_MS))
}

/** Of these sites, by process and hour, oldest first. Every hour is named, so that each is one step into the key. */
export async function siteHoursOf(
  db: Database,
  sites: readonly string[],
  { from, until }: { from: Date; until: Date },
): Promise<SiteHour[]> {
  if (sites.length === 0) return []
  const rows = await select<HourRow>(
    db.$client,
    `SELECT site, hour, sent, \`delayed\`, failed, dead, tried_at AS triedAt, host, reply, reply_class AS replyClass, replied_at AS at
     FROM site_hours WHERE hour IN (?) AND site IN (?) ORDER BY hour, tried_at`,
    [hoursFrom(from, until), sites],
  )
  return rows.map(({ dead, host, reply, replyClass, at, ...row }) => ({
    ...row,
    dead: Boolean(dead),
    refusal: reply === null || at === null ? null : { host, reply, replyClass, at },
  }))
}

/** Those that mail was sent to lately. */
export async function sitesOfDomains(db: Database, domains: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let start = 0; start < domains.length; start += DOMAINS_AT_ONCE) {
    const part = domains.slice(start, start + DOMAINS_AT_ONCE)
    const rows = await select<SiteOfDomain>(db.$client, 'SELECT domain, site FROM site_domains WHERE domain IN (?)', [part])
    for (const { domain, site } of rows) found.set(domain, site)
  }
  return found
}

const DOMAINS_AT_ONCE = 1_000

/** Mail of some domain went to a site of this name lately. */
export async function isReportedSite(db: Database, name: string): Promise<boolean> {
  const rows = await select(db.$client, 'SELECT 1 FROM site_domains WHERE site = ? LIMIT 1', [name])
  return rows.length > 0
}

/** Those whose mail went there last, the newest first. */
export async function domainsOfSite(db: Database, site: string, limit: number): Promise<string[]> {
  const rows = await select<{ domain: string }>(
    db.$client,
    'SELECT domain FROM site_domains WHERE site = ? ORDER BY seen_at DESC LIMIT ?',
    [site, limit],
  )
  return rows.map(({ domain }) => domain)
}

export type WaitingEntry = {
  readonly messageId: number
  readonly mailServerId: number
  readonly domain: string
  readonly attempts: number
  /** It may be overdue. */
  readonly dueAt: Date
  readonly createdAt: Date
}

/** What waits to go out: the oldest only, so that a long queue costs no more. They are grouped by whoever reads them, for the database takes ten times as long. */
export const oldestWaiting = (db: Database, limit: number): Promise<WaitingEntry[]> =>
  select<WaitingEntry>(
    db.$client,
    `SELECT message_id AS messageId, mail_server_id AS mailServerId, domain, attempts, due_at AS dueAt, created_at AS createdAt
     FROM queue_entries WHERE scope = 'outgoing' ORDER BY message_id LIMIT ?`,
    [limit],
  )
