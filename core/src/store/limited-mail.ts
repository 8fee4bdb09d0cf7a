/** Mail that was told to come back when its site's suspension ends. */
import type { Scope } from '../domain/message.ts'
import { ownerOfSite } from '../domain/site-owner.ts'
import type { Database } from './database.ts'
import { select } from './select.ts'
import { sitesOfDomains } from './site-reports.ts'

export type Suspended = {
  readonly site: string
  /** When it was told to come back: at the end of the suspension or soon after. */
  readonly from: Date
  readonly until: Date
}

const ROWS_MAX = 5_000

/** Lets it come at another time; for a site of one mail server alone, whatever of its mail waits until then. Reads the queue once, some thousand entries at a time, and holds no lock for long. @returns how many */
export async function callBackSuspended(db: Database, { site, from, until }: Suspended, dueAt: Date): Promise<number> {
  const siteOf = new Map<string, string>()
  const owner = ownerOfSite(site)
  let called = 0
  for (let after = 0; ; ) {
    const found = await select<{ messageId: number; mailServerId: number; domain: string; scope: Scope }>(
      db.$client,
      `SELECT message_id AS messageId, mail_server_id AS mailServerId, domain, scope FROM queue_entries
       WHERE message_id > ? AND state = 'ready' AND due_at BETWEEN ? AND ? ORDER BY message_id LIMIT ?`,
      [after, from, until, ROWS_MAX],
    )
    if (owner === null) await learnSites(db, siteOf, found)
    const waits =
      owner === null
        ? found.filter(({ scope, domain }) => scope === 'outgoing' && siteOf.get(domain) === site)
        : found.filter(({ mailServerId }) => mailServerId === owner)
    called += await callBack(
      db,
      waits.map(({ messageId }) => messageId),
      dueAt,
    )
    const last = found.at(-1)
    if (!last || found.length < ROWS_MAX) return called
    after = last.messageId
  }
}

/** Most domains have been met before. Mail for one that was never tried waits under its own name. */
async function learnSites(db: Database, siteOf: Map<string, string>, found: readonly { readonly domain: string }[]): Promise<void> {
  const unknown = [...new Set(found.map(({ domain }) => domain))].filter((domain) => !siteOf.has(domain))
  const learnt = await sitesOfDomains(db, unknown)
  for (const domain of unknown) siteOf.set(domain, learnt.get(domain) ?? domain)
}

async function callBack(db: Database, ids: readonly number[], dueAt: Date): Promise<number> {
  if (ids.length === 0) return 0
  const [result] = await db.$client.query("UPDATE queue_entries SET due_at = ? WHERE message_id IN (?) AND state = 'ready'", [dueAt, ids])
  return 'affectedRows' in result ? result.affectedRows : 0
}
