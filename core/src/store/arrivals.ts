/** How much mail came in for an address. */
import { firstIdAt } from '../domain/ids.ts'
import type { Database } from './database.ts'
import { select } from './select.ts'

type Asked = {
  readonly mailServerId: number
  /** The local part without a tag; mail with any tag counts. */
  readonly name: string
  readonly domain: string
  readonly since: Date
  /** Counting stops there, so that it costs the same however busy the address is. */
  readonly max: number
}

export async function countArrivals(db: Database, { mailServerId, name, domain, since, max }: Asked): Promise<number> {
  const tagged = `${name.replaceAll(/[%_\\]/g, '\\$&')}+%@${domain}`
  const rows = await select<{ count: number }>(
    db.$client,
    `SELECT COUNT(*) AS count FROM (
       SELECT 1 FROM messages FORCE INDEX (messages_rcpt_to)
       WHERE mail_server_id = ? AND (rcpt_to = ? OR rcpt_to LIKE ?) AND id >= ? AND scope = 'incoming' LIMIT ?
     ) arrived`,
    [mailServerId, `${name}@${domain}`, tagged, firstIdAt(since), max],
  )
  return Number(rows[0]?.count ?? 0)
}
