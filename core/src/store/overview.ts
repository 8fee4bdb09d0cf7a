/** Many organizations and mail servers at a glance, without a query for each. */
import { and, asc, inArray, isNull } from 'drizzle-orm'
import type { Queries } from './change.ts'
import type { Database } from './database.ts'
import type { MailServer } from './mail-servers.ts'
import { mailServers } from './schema/tenants.ts'
import { select } from './select.ts'
import { COUNTS, type HourCounts } from './statistics.ts'

/** In order of name. */
export async function mailServersOf(db: Queries, organizationIds: readonly number[], limit: number): Promise<MailServer[]> {
  if (organizationIds.length === 0) return []
  return db
    .select()
    .from(mailServers)
    .where(and(inArray(mailServers.organizationId, [...organizationIds]), isNull(mailServers.deletedAt)))
    .orderBy(asc(mailServers.name), asc(mailServers.id))
    .limit(limit)
}

export type ServerHour = HourCounts & { readonly mailServerId: number }

/** Hours in which anything happened, by mail server, oldest first. */
export async function hourlyStatisticsOf(db: Database, mailServerIds: readonly number[], since: Date): Promise<ServerHour[]> {
  if (mailServerIds.length === 0) return []
  const sums = COUNTS.map((count) => `CAST(SUM(\`${count}\`) AS UNSIGNED) AS \`${count}\``).join(', ')
  const rows = await select<ServerHour>(
    db.$client,
    `SELECT mail_server_id AS mailServerId, hour, ${sums} FROM statistics
     WHERE mail_server_id IN (?) AND hour >= ? GROUP BY mail_server_id, hour ORDER BY hour`,
    [mailServerIds, since],
  )
  return rows
}
