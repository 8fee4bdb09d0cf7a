/** Mail tables: what was accepted and what became of it. Every row names its mail server; none joins a control table (docs/decisions/004). */
import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  int,
  json,
  mediumtext,
  mysqlTable,
  primaryKey,
  smallint,
  tinyint,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core'
import { DELIVERY_STATUSES } from '../../domain/delivery.ts'
import { EVENT_KINDS, MAIL_SERVER_EVENT_KINDS } from '../../domain/event.ts'
import { ENDPOINT_TYPES, MESSAGE_STATUSES, SCOPES } from '../../domain/message.ts'
import { QUEUE_STATES } from '../../domain/queue-entry.ts'
import { digest, exactText, id, instant, longBytes, oneOf, token } from './columns.ts'

/** The bytes of one SMTP transaction or API call, never changed. Partitioned by day of id; old days are dropped whole. */
export const rawMails = mysqlTable('raw_mails', {
  id: id().primaryKey(),
  mailServerId: id().notNull(),
  size: int({ unsigned: true }).notNull(),
  data: longBytes().notNull(),
})

export const messages = mysqlTable(
  'messages',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    rawMailId: id().notNull(),
    token: token({ length: 16 }).notNull(),
    scope: varchar({ length: 8, enum: SCOPES }).notNull(),
    status: varchar({ length: 16, enum: MESSAGE_STATUSES }).notNull().default('pending'),
    rcptTo: varchar({ length: 320 }).notNull(),
    mailFrom: varchar({ length: 320 }).notNull(),
    subject: varchar({ length: 998 }),
    messageId: varchar({ length: 998 }),
    size: int({ unsigned: true }).notNull(),
    domainId: id(),
    credentialId: id(),
    routeId: id(),
    endpointType: varchar({ length: 8, enum: ENDPOINT_TYPES }),
    endpointId: id(),
    bounce: boolean().notNull().default(false),
    bounceForId: id(),
    tag: varchar({ length: 255 }),
    receivedWithTls: boolean().notNull().default(false),
    /** In hundredths of a point; null until inspected. */
    spamScore: int(),
    threat: varchar({ length: 255 }),
    /** The newest sequence number given to an event of this message. */
    eventSequence: int().notNull().default(0),
    holdExpiresAt: instant(),
    lastDeliveryAt: instant(),
    openedAt: instant(),
    clickedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [
    index('messages_mail_server').on(t.mailServerId, t.id),
    index('messages_status').on(t.mailServerId, t.status, t.id),
    index('messages_rcpt_to').on(t.mailServerId, t.rcptTo, t.id),
    index('messages_token').on(t.token),
    check('messages_scope_known', sql`scope in (${oneOf(SCOPES)})`),
    check('messages_status_known', sql`status in (${oneOf(MESSAGE_STATUSES)})`),
  ],
)

/** The promise to work on a message; gone when the message is settled. Its moves are in `domain/queue-entry.ts`. */
export const queueEntries = mysqlTable(
  'queue_entries',
  {
    messageId: id().primaryKey(),
    mailServerId: id().notNull(),
    rawMailId: id().notNull(),
    scope: varchar({ length: 8, enum: SCOPES }).notNull(),
    /** Part of the recipient after the last @, small letters, A-labels. */
    domain: varchar({ length: 255 }).notNull(),
    /** 0 transactional, 1 broadcast. */
    priority: tinyint({ unsigned: true }).notNull().default(0),
    state: varchar({ length: 8, enum: QUEUE_STATES }).notNull().default('ready'),
    dueAt: instant().notNull(),
    attempts: int().notNull().default(0),
    /** A person asked for it: some holds do not apply. */
    manual: boolean().notNull().default(false),
    /** The final dot may have been sent before a worker died: the next delivery may be a duplicate. */
    uncertain: boolean().notNull().default(false),
    /** The lease of the process that holds it; null when ready. */
    claimedBy: id(),
    /** It has been counted against the send limit, which counts a message once. */
    counted: boolean().notNull().default(false),
    /** Past this time it is not worth delivering. */
    expiresAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [
    /** Ready entries, which nobody holds, by mail server, so that each gets its turn at a claim; then those of each holder. */
    index('queue_entries_due').on(t.claimedBy, t.priority, t.mailServerId, t.dueAt),
    index('queue_entries_mail_server').on(t.mailServerId, t.messageId),
    check('queue_entries_state_known', sql`state in (${oneOf(QUEUE_STATES)})`),
    check('queue_entries_attempts_counted', sql`attempts >= 0`),
    check('queue_entries_held_by_someone', sql`(state = 'ready') = (claimed_by is null)`),
  ],
)

export const deliveries = mysqlTable(
  'deliveries',
  {
    id: id().primaryKey(),
    messageId: id().notNull(),
    mailServerId: id().notNull(),
    status: varchar({ length: 16, enum: DELIVERY_STATUSES }).notNull(),
    details: varchar({ length: 512 }).notNull(),
    output: varchar({ length: 512 }).notNull(),
    sentWithTls: boolean(),
    logId: token({ length: 16 }),
    ms: int(),
    /** The remote host, our own address when one was chosen, and how the connection was secured; null when nothing was attempted. */
    host: varchar({ length: 255 }),
    sourceIp: token({ length: 45 }),
    tlsVersion: token({ length: 16 }),
    tlsCipher: token({ length: 64 }),
    /** `none`, `opportunistic`, `mta-sts`, `dane`, `required`, `verified`: by the domain's own or as it is set for the domain or the relay. */
    tlsPolicy: token({ length: 16 }),
    /** The handshake took up a session that was known, so the certificate was not looked at anew. */
    tlsResumed: boolean(),
    /** What the reply means: a name of `domain/reply-class.ts`. */
    replyClass: token({ length: 32 }),
    /** An earlier attempt may have arrived. */
    maybeDuplicate: boolean().notNull().default(false),
    createdAt: instant().notNull(),
  },
  (t) => [
    index('deliveries_message').on(t.messageId, t.id),
    check('deliveries_status_known', sql`status in (${oneOf(DELIVERY_STATUSES)})`),
  ],
)

/** What was said in an attempt, commands and replies without the mail itself. Kept for days, which the ids tell. */
export const deliveryTranscripts = mysqlTable('delivery_transcripts', {
  deliveryId: id().primaryKey(),
  mailServerId: id().notNull(),
  transcript: mediumtext().notNull(),
})

/** Outgoing messages by minute, for the send limit. Each process adds to rows of its own. */
export const sendMinutes = mysqlTable(
  'send_minutes',
  { mailServerId: id().notNull(), minute: instant().notNull(), node: smallint().notNull(), messages: int().notNull().default(0) },
  (t) => [primaryKey({ columns: [t.mailServerId, t.minute, t.node] }), index('send_minutes_age').on(t.minute)],
)

const ALL_EVENT_KINDS = [...EVENT_KINDS, ...MAIL_SERVER_EVENT_KINDS] as const

/** The append-only log of what happened. */
export const events = mysqlTable(
  'events',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    /** Null for what happened to the mail server itself. */
    messageId: id(),
    /** Counts from 1 for each message, without gaps; 0 without a message. */
    sequence: int().notNull(),
    kind: varchar({ length: 16, enum: ALL_EVENT_KINDS }).notNull(),
    at: instant().notNull(),
    data: json().$type<Record<string, unknown>>().notNull(),
  },
  (t) => [
    uniqueIndex('events_message').on(t.messageId, t.sequence),
    index('events_mail_server').on(t.mailServerId, t.id),
    check('events_kind_known', sql`kind in (${oneOf(ALL_EVENT_KINDS)})`),
    check('events_numbered_by_message', sql`(message_id is null) = (sequence = 0)`),
  ],
)

/** Events whose consequences (webhooks) are still to be drawn; a row leaves in the transaction that draws them. */
export const eventOutbox = mysqlTable('event_outbox', { eventId: id().primaryKey() })

/** Ids that the edge gave to its events; a repeat is dropped. */
export const ingestedEvents = mysqlTable(
  'ingested_events',
  { ulid: token({ length: 26 }).primaryKey(), ingestedAt: instant().notNull() },
  (t) => [index('ingested_events_age').on(t.ingestedAt)],
)

/** Addresses that a mail server must not mail. `address` is normalised: small letters, A-labels. */
export const suppressions = mysqlTable(
  'suppressions',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    address: exactText({ length: 320 }).notNull(),
    reason: varchar({ length: 255 }).notNull(),
    source: varchar({ length: 16 }).notNull(),
    keepUntil: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('suppressions_address').on(t.mailServerId, t.address), index('suppressions_keep_until').on(t.keepUntil)],
)

/** Hourly counts. Each process adds to rows of its own, so that no two wait for each other; readers sum them up. */
export const statistics = mysqlTable(
  'statistics',
  {
    mailServerId: id().notNull(),
    hour: instant().notNull(),
    node: smallint().notNull(),
    incoming: int().notNull().default(0),
    outgoing: int().notNull().default(0),
    sent: int().notNull().default(0),
    delayed: int().notNull().default(0),
    failed: int().notNull().default(0),
    held: int().notNull().default(0),
    bounced: int().notNull().default(0),
    opened: int().notNull().default(0),
    clicked: int().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.mailServerId, t.hour, t.node] })],
)

/** What was answered to a call that brought a key of its own, so that its repeat gets the same answer instead of a second mail. */
export const idempotencyKeys = mysqlTable(
  'idempotency_keys',
  {
    mailServerId: id().notNull(),
    /** Whose key it is, such as `credential:17`: keys of different callers never meet. */
    owner: token({ length: 64 }).notNull(),
    /** SHA-256 of the key, whose length is the caller's. */
    keyHash: digest().notNull(),
    /** SHA-256 of what was asked for. */
    requestHash: digest().notNull(),
    answer: json().$type<Record<string, unknown>>().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.mailServerId, t.owner, t.keyHash] }), index('idempotency_keys_age').on(t.createdAt)],
)
