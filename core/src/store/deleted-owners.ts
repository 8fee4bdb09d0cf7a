/** Removes what mail servers and organizations leave behind that were deleted a while ago, in steps that may be broken off anywhere. */
import { eq, inArray } from 'drizzle-orm'
import type { Queries } from './change.ts'
import type { Database } from './database.ts'
import { ipPoolRules, organizationIpPools, relays } from './schema/sending.ts'
import { mailServers } from './schema/tenants.ts'
import { select } from './select.ts'

const ROWS_MAX = 5_000
const MESSAGES_MAX = 500

/** Theirs, or those of an organization that is. */
export const mailServersDeletedBefore = async (db: Database, before: Date): Promise<number[]> =>
  idsOf(
    await select(
      db.$client,
      `SELECT m.id FROM mail_servers m JOIN organizations o ON o.id = m.organization_id
       WHERE m.deleted_at < ? OR o.deleted_at < ? ORDER BY m.id`,
      [before, before],
    ),
  )

export const organizationsDeletedBefore = async (db: Database, before: Date): Promise<number[]> =>
  idsOf(await select(db.$client, 'SELECT id FROM organizations WHERE deleted_at < ? ORDER BY id', [before]))

const idsOf = (rows: { id: number }[]): number[] => rows.map(({ id }) => id)

/** What is the operator's and would only confuse him: relays and the use of IP pools. At once, in the transaction of the deletion. */
export async function releaseMailServer(tx: Queries, id: number): Promise<void> {
  await tx.delete(relays).where(eq(relays.mailServerId, id))
  await tx.delete(ipPoolRules).where(eq(ipPoolRules.mailServerId, id))
  await tx.update(mailServers).set({ ipPoolId: null }).where(eq(mailServers.id, id))
}

export async function releaseOrganization(tx: Queries, id: number): Promise<void> {
  const own = tx.select({ id: mailServers.id }).from(mailServers).where(eq(mailServers.organizationId, id))
  await tx.delete(relays).where(inArray(relays.mailServerId, own))
  await tx.update(mailServers).set({ ipPoolId: null }).where(eq(mailServers.organizationId, id))
  await tx.delete(ipPoolRules).where(eq(ipPoolRules.organizationId, id))
  await tx.delete(organizationIpPools).where(eq(organizationIpPools.organizationId, id))
}

/** Besides its messages. What is large has an index that begins with the mail server. */
const TABLES = [
  ...['queue_entries', 'message_inspections', 'events', 'webhook_requests', 'webhook_attempts'],
  ...['suppressions', 'statistics', 'idempotency_keys', 'send_minutes'],
  ...['credentials', 'routes', 'http_endpoints', 'smtp_endpoints', 'address_endpoints', 'tracking_domains', 'webhooks'],
  ...['domains', 'ip_pool_rules', 'relays'],
]

/** Its own row goes last, so that a step which was broken off is found again. */
export async function removeMailServer(db: Database, id: number): Promise<void> {
  await removeMessages(db, id)
  await db.$client.query('DELETE a FROM additional_endpoints a JOIN routes r ON r.id = a.route_id WHERE r.mail_server_id = ?', [id])
  await db.$client.query('DELETE k FROM dkim_keys k JOIN domains d ON d.id = k.domain_id WHERE d.mail_server_id = ?', [id])
  for (const table of TABLES) await removeAll(db, `DELETE FROM ${table} WHERE mail_server_id = ? LIMIT ${ROWS_MAX}`, id)
  await db.$client.query('DELETE FROM mail_servers WHERE id = ?', [id])
}

/** The audit log stays. Its mail servers must be gone. */
export async function removeOrganization(db: Database, id: number): Promise<void> {
  await db.$client.query('DELETE k FROM dkim_keys k JOIN domains d ON d.id = k.domain_id WHERE d.organization_id = ?', [id])
  for (const table of ['domains', 'memberships', 'organization_ip_pools', 'ip_pool_rules'])
    await removeAll(db, `DELETE FROM ${table} WHERE organization_id = ? LIMIT ${ROWS_MAX}`, id)
  await db.$client.query('DELETE FROM organizations WHERE id = ?', [id])
}

async function removeMessages(db: Database, mailServerId: number): Promise<void> {
  for (;;) {
    const rows = await select<{ id: number; rawMailId: number }>(
      db.$client,
      'SELECT id, raw_mail_id AS rawMailId FROM messages WHERE mail_server_id = ? ORDER BY id LIMIT ?',
      [mailServerId, MESSAGES_MAX],
    )
    if (rows.length === 0) return
    const ids = rows.map(({ id }) => id)
    await db.$client.query('DELETE t FROM delivery_transcripts t JOIN deliveries d ON d.id = t.delivery_id WHERE d.message_id IN (?)', [
      ids,
    ])
    await db.$client.query('DELETE FROM deliveries WHERE message_id IN (?)', [ids])
    await db.$client.query('DELETE FROM raw_mails WHERE id IN (?)', [rows.map(({ rawMailId }) => rawMailId)])
    await db.$client.query('DELETE FROM messages WHERE id IN (?)', [ids])
  }
}

async function removeAll(db: Database, statement: string, id: number): Promise<void> {
  for (;;) {
    const [result] = await db.$client.query(statement, [id])
    if (!('affectedRows' in result) || result.affectedRows < ROWS_MAX) return
  }
}
