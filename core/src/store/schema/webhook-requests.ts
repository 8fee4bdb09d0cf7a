/** Mail tables of webhooks: requests that are to be made, and how each attempt went. */
import { sql } from 'drizzle-orm'
import { boolean, check, index, int, json, mediumtext, mysqlTable, text, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { id, instant, oneOf, token } from './columns.ts'

export const WEBHOOK_REQUEST_STATES = ['ready', 'claimed', 'delivered', 'dead'] as const

/** One event on its way to one webhook: body and signature are equal on every retry. */
export const webhookRequests = mysqlTable(
  'webhook_requests',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    webhookId: id().notNull(),
    eventId: id().notNull(),
    /** Of the event: requests of one message go out in this order. */
    messageId: id(),
    sequence: int().notNull(),
    uuid: token({ length: 36 }).notNull(),
    event: varchar({ length: 64 }).notNull(),
    body: mediumtext().notNull(),
    /** Made at the first attempt and kept for the next ones, by key id. */
    signatures: json().$type<{ kid: string; sha1: string; sha256: string }>(),
    state: varchar({ length: 16, enum: WEBHOOK_REQUEST_STATES }).notNull().default('ready'),
    attempts: int().notNull().default(0),
    dueAt: instant().notNull(),
    /** After this time it is not tried again. */
    retryUntil: instant().notNull(),
    /** The lease of the process that holds it; null unless claimed. */
    claimedBy: id(),
    createdAt: instant().notNull(),
  },
  (t) => [
    index('webhook_requests_due').on(t.state, t.webhookId, t.dueAt),
    index('webhook_requests_claimed').on(t.claimedBy),
    index('webhook_requests_mail_server').on(t.mailServerId, t.id),
    index('webhook_requests_message').on(t.messageId, t.webhookId, t.sequence),
    uniqueIndex('webhook_requests_event').on(t.eventId, t.webhookId),
    check('webhook_requests_held_by_someone', sql`(state = 'claimed') = (claimed_by is not null)`),
    check('webhook_requests_state_known', sql`state in (${oneOf(WEBHOOK_REQUEST_STATES)})`),
  ],
)

export const webhookAttempts = mysqlTable(
  'webhook_attempts',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    webhookId: id().notNull(),
    requestId: id().notNull(),
    attempt: int().notNull(),
    /** Where it went then, without the password. */
    url: text().notNull(),
    /** HTTP status; -1 time-out, -2 connection or DNS, -3 TLS. */
    statusCode: int().notNull(),
    ms: int().notNull(),
    responseBody: mediumtext().notNull(),
    /** Names and values, cut short and without secrets. */
    requestHeaders: json().$type<[string, string][]>(),
    responseHeaders: json().$type<[string, string][]>(),
    willRetry: boolean().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [index('webhook_attempts_request').on(t.requestId, t.id), index('webhook_attempts_mail_server').on(t.mailServerId, t.id)],
)
