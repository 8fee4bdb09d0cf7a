/** Control tables of incoming mail: routes, and the endpoints they lead to. */
import { boolean, index, int, mysqlTable, text, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { bytes, id, instant, token } from './columns.ts'

export const ROUTE_MODES = ['endpoint', 'accept', 'hold', 'bounce', 'reject'] as const

export const SPAM_MODES = ['mark', 'quarantine', 'fail'] as const

/** `name` is a local part, `*`, or `__returnpath__` (then `domainId` is null). */
export const routes = mysqlTable(
  'routes',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    uuid: token({ length: 36 }).notNull(),
    domainId: id(),
    name: varchar({ length: 64 }).notNull(),
    token: token({ length: 16 }).notNull(),
    mode: varchar({ length: 16, enum: ROUTE_MODES }).notNull(),
    spamMode: varchar({ length: 16, enum: SPAM_MODES }).notNull().default('mark'),
    endpointType: varchar({ length: 16, enum: ['http', 'smtp', 'address'] }),
    endpointId: id(),
    createdAt: instant().notNull(),
  },
  (t) => [
    uniqueIndex('routes_token').on(t.token),
    uniqueIndex('routes_uuid').on(t.uuid),
    index('routes_domain').on(t.domainId, t.name),
    index('routes_mail_server').on(t.mailServerId, t.name),
  ],
)

export const additionalEndpoints = mysqlTable(
  'additional_endpoints',
  {
    id: id().primaryKey(),
    routeId: id().notNull(),
    endpointType: varchar({ length: 16, enum: ['http', 'smtp', 'address'] }).notNull(),
    endpointId: id().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('additional_endpoints_route').on(t.routeId, t.endpointType, t.endpointId)],
)

export const httpEndpoints = mysqlTable(
  'http_endpoints',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    uuid: token({ length: 36 }).notNull(),
    name: varchar({ length: 255 }).notNull(),
    url: text().notNull(),
    encoding: varchar({ length: 8, enum: ['json', 'form'] })
      .notNull()
      .default('json'),
    format: varchar({ length: 16, enum: ['processed', 'raw'] })
      .notNull()
      .default('processed'),
    stripReplies: boolean().notNull().default(false),
    includeAttachments: boolean().notNull().default(true),
    timeoutSeconds: int().notNull().default(5),
    /** The Standard Webhooks secret, sealed by the master key; null for those that came from Postal. */
    secretSealed: bytes(),
    /** While a secret is being replaced both sign. */
    previousSecretSealed: bytes(),
    /** Beside the secret, the installation's RSA key signs as receivers written for Postal expect it. */
    postalSignatures: boolean().notNull().default(true),
    lastUsedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('http_endpoints_uuid').on(t.uuid), index('http_endpoints_mail_server').on(t.mailServerId)],
)

export const TLS_MODES = ['none', 'auto', 'starttls', 'tls'] as const

export const SMTP_PROTOCOLS = ['smtp', 'lmtp'] as const

export const smtpEndpoints = mysqlTable(
  'smtp_endpoints',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    uuid: token({ length: 36 }).notNull(),
    name: varchar({ length: 255 }).notNull(),
    /** LMTP for mail stores, such as Dovecot. RFC 2033 */
    protocol: varchar({ length: 8, enum: SMTP_PROTOCOLS }).notNull().default('smtp'),
    hostname: varchar({ length: 255 }).notNull(),
    port: int(),
    tlsMode: varchar({ length: 16, enum: TLS_MODES }).notNull().default('auto'),
    username: varchar({ length: 255 }),
    passwordSealed: bytes(),
    lastUsedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('smtp_endpoints_uuid').on(t.uuid), index('smtp_endpoints_mail_server').on(t.mailServerId)],
)

export const addressEndpoints = mysqlTable(
  'address_endpoints',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    uuid: token({ length: 36 }).notNull(),
    address: varchar({ length: 320 }).notNull(),
    lastUsedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('address_endpoints_uuid').on(t.uuid), uniqueIndex('address_endpoints_address').on(t.mailServerId, t.address)],
)
