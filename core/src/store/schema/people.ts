/** Control tables of people: who may do what, who was refused, and who did what. */
import { boolean, index, int, json, mysqlTable, primaryKey, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { digest, id, instant, token } from './columns.ts'

export const users = mysqlTable(
  'users',
  {
    id: id().primaryKey(),
    uuid: token({ length: 36 }).notNull(),
    emailAddress: varchar({ length: 320 }).notNull(),
    firstName: varchar({ length: 100 }).notNull(),
    lastName: varchar({ length: 100 }).notNull().default(''),
    /** PHC string; null when the user signs in elsewhere. */
    passwordHash: varchar({ length: 255 }),
    admin: boolean().notNull().default(false),
    timeZone: varchar({ length: 64 }).notNull().default('UTC'),
    disabledAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('users_email_address').on(t.emailAddress), uniqueIndex('users_uuid').on(t.uuid)],
)

export const MEMBER_ROLES = ['owner', 'admin', 'member', 'reader'] as const

export const memberships = mysqlTable(
  'memberships',
  {
    organizationId: id().notNull(),
    userId: id().notNull(),
    role: varchar({ length: 16, enum: MEMBER_ROLES }).notNull().default('member'),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.organizationId, t.userId] }), index('memberships_user').on(t.userId)],
)

export const sessions = mysqlTable(
  'sessions',
  {
    id: id().primaryKey(),
    userId: id().notNull(),
    tokenHash: digest().notNull(),
    ipAddress: varchar({ length: 45 }).notNull(),
    userAgent: varchar({ length: 500 }).notNull(),
    createdAt: instant().notNull(),
    lastSeenAt: instant().notNull(),
    expiresAt: instant().notNull(),
  },
  (t) => [uniqueIndex('sessions_token_hash').on(t.tokenHash), index('sessions_user').on(t.userId)],
)

/** Refusals of sign-in and AUTH by address and by account, shared by all processes. `subject` is an address, a network or an account. */
export const throttles = mysqlTable(
  'throttles',
  {
    kind: varchar({ length: 16 }).notNull(),
    subject: varchar({ length: 255 }).notNull(),
    failures: int().notNull(),
    windowStartedAt: instant().notNull(),
    blockedUntil: instant(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.subject] }), index('throttles_window').on(t.windowStartedAt)],
)

export const auditEntries = mysqlTable(
  'audit_entries',
  {
    id: id().primaryKey(),
    organizationId: id(),
    /** `user`, `cli` or `system`. */
    actorType: varchar({ length: 16 }).notNull(),
    actorId: id(),
    /** Noun and verb, as in `domain.created`. */
    action: varchar({ length: 64 }).notNull(),
    subjectType: varchar({ length: 32 }).notNull(),
    subjectId: id(),
    details: json().$type<Record<string, unknown>>().notNull(),
    ipAddress: varchar({ length: 45 }),
    createdAt: instant().notNull(),
  },
  (t) => [index('audit_entries_organization').on(t.organizationId, t.id)],
)
