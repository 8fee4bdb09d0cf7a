/** Messages: reads by id, by token and as pages. Every read that serves a tenant names its mail server. */
import { and, desc, eq, inArray, lt } from 'drizzle-orm'
import type { Message, MessageStatus, Scope } from '../domain/message.ts'
import type { Database } from './database.ts'
import { deliveries, messages } from './schema/mail.ts'
import { select } from './select.ts'

const COLUMNS = {
  id: messages.id,
  mailServerId: messages.mailServerId,
  rawMailId: messages.rawMailId,
  token: messages.token,
  scope: messages.scope,
  status: messages.status,
  rcptTo: messages.rcptTo,
  mailFrom: messages.mailFrom,
  subject: messages.subject,
  messageId: messages.messageId,
  size: messages.size,
  domainId: messages.domainId,
  credentialId: messages.credentialId,
  routeId: messages.routeId,
  endpointType: messages.endpointType,
  endpointId: messages.endpointId,
  bounce: messages.bounce,
  bounceForId: messages.bounceForId,
  tag: messages.tag,
  receivedWithTls: messages.receivedWithTls,
  holdExpiresAt: messages.holdExpiresAt,
  lastDeliveryAt: messages.lastDeliveryAt,
  openedAt: messages.openedAt,
  clickedAt: messages.clickedAt,
  createdAt: messages.createdAt,
}

/** For the queue, which works for all mail servers. Missing ones are simply not in the map. */
export async function readMessages(db: Database, ids: readonly number[]): Promise<Map<number, Message>> {
  if (ids.length === 0) return new Map()
  const found = await select<Message>(db.$client, `SELECT ${PLAIN_COLUMNS} FROM messages WHERE id IN (?)`, [ids])
  return new Map(found.map((row) => [row.id, { ...row, bounce: Boolean(row.bounce), receivedWithTls: Boolean(row.receivedWithTls) }]))
}

/** For a read that is made for every mail: building the statement would cost more than it does. */
const PLAIN_COLUMNS = `id, mail_server_id AS mailServerId, raw_mail_id AS rawMailId, token, scope, status, rcpt_to AS rcptTo,
  mail_from AS mailFrom, subject, message_id AS messageId, size, domain_id AS domainId, credential_id AS credentialId,
  route_id AS routeId, endpoint_type AS endpointType, endpoint_id AS endpointId, bounce, bounce_for_id AS bounceForId, tag,
  received_with_tls AS receivedWithTls, hold_expires_at AS holdExpiresAt, last_delivery_at AS lastDeliveryAt,
  opened_at AS openedAt, clicked_at AS clickedAt, created_at AS createdAt`

export async function findMessage(db: Database, mailServerId: number, id: number): Promise<Message | undefined> {
  const [row] = await db
    .select(COLUMNS)
    .from(messages)
    .where(and(eq(messages.mailServerId, mailServerId), eq(messages.id, id)))
  return row
}

/** Postal's `held` flag is a status here. */
export type MessageFilter = {
  readonly scope?: Scope
  readonly status?: readonly MessageStatus[]
  readonly rcptTo?: string
  readonly mailFrom?: string
  readonly tag?: string
  readonly token?: string
  readonly messageId?: string
}

export type Page = { readonly before?: number; readonly limit: number }

/** Newest first; the next page begins before the last id of this one. */
export async function listMessages(db: Database, mailServerId: number, filter: MessageFilter, page: Page): Promise<Message[]> {
  const wanted = [
    eq(messages.mailServerId, mailServerId),
    page.before === undefined ? undefined : lt(messages.id, page.before),
    filter.scope && eq(messages.scope, filter.scope),
    filter.status && inArray(messages.status, [...filter.status]),
    filter.rcptTo === undefined ? undefined : eq(messages.rcptTo, filter.rcptTo),
    filter.mailFrom === undefined ? undefined : eq(messages.mailFrom, filter.mailFrom),
    filter.tag === undefined ? undefined : eq(messages.tag, filter.tag),
    filter.token === undefined ? undefined : eq(messages.token, filter.token),
    filter.messageId === undefined ? undefined : eq(messages.messageId, filter.messageId),
  ]
  return db
    .select(COLUMNS)
    .from(messages)
    .where(and(...wanted))
    .orderBy(desc(messages.id))
    .limit(page.limit)
}

/** What was found in a message; both null until it has been inspected. */
export async function findInspection(
  db: Database,
  mailServerId: number,
  id: number,
): Promise<{ readonly spamScore: number | null; readonly threat: string | null }> {
  const [row] = await db
    .select({ spamScore: messages.spamScore, threat: messages.threat })
    .from(messages)
    .where(and(eq(messages.mailServerId, mailServerId), eq(messages.id, id)))
  return row ?? { spamScore: null, threat: null }
}

/** All attempts and decisions, oldest first. */
/** Of the last attempts in vain, the newest first; null for what was not understood. */
export async function lastReplyClasses(
  db: Database,
  { mailServerId, messageId, limit }: { readonly mailServerId: number; readonly messageId: number; readonly limit: number },
): Promise<(string | null)[]> {
  // Decisions without an attempt, such as to wait for the send limit, took no time.
  const rows = await select<{ replyClass: string | null }>(
    db.$client,
    `SELECT reply_class AS replyClass FROM deliveries
     WHERE message_id = ? AND mail_server_id = ? AND status = 'soft_failed' AND ms IS NOT NULL ORDER BY id DESC LIMIT ?`,
    [messageId, mailServerId, limit],
  )
  return rows.map(({ replyClass }) => replyClass)
}

export async function deliveriesOf(db: Database, mailServerId: number, messageId: number) {
  return db
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.mailServerId, mailServerId), eq(deliveries.messageId, messageId)))
    .orderBy(deliveries.id)
}
