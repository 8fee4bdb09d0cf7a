/** Control tables of tenants: organizations, their mail servers, and what these send with. No query joins control tables with mail tables (docs/decisions/004). */
import { boolean, decimal, index, int, json, mysqlTable, text, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { bytes, digest, id, instant, token } from './columns.ts'

export const organizations = mysqlTable(
  'organizations',
  {
    id: id().primaryKey(),
    uuid: token({ length: 36 }).notNull(),
    name: varchar({ length: 255 }).notNull(),
    permalink: varchar({ length: 100 }).notNull(),
    timeZone: varchar({ length: 64 }).notNull().default('UTC'),
    suspendedAt: instant(),
    suspensionReason: varchar({ length: 255 }),
    deletedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('organizations_permalink').on(t.permalink), uniqueIndex('organizations_uuid').on(t.uuid)],
)

export const VIRUS_MODES = ['hold', 'fail', 'mark'] as const

export const mailServers = mysqlTable(
  'mail_servers',
  {
    id: id().primaryKey(),
    organizationId: id().notNull(),
    uuid: token({ length: 36 }).notNull(),
    name: varchar({ length: 255 }).notNull(),
    permalink: varchar({ length: 100 }).notNull(),
    /** Six small letters; the local part of return paths. */
    token: token({ length: 16 }).notNull(),
    mode: varchar({ length: 16, enum: ['live', 'development'] })
      .notNull()
      .default('live'),
    /** Outgoing messages in 60 minutes; null is no limit. */
    sendLimit: int(),
    /** When its volume was last seen near or over the limit, and when its people were last told. */
    sendLimitApproachingAt: instant(),
    sendLimitApproachingNotifiedAt: instant(),
    sendLimitExceededAt: instant(),
    sendLimitExceededNotifiedAt: instant(),
    /** Where its mail leaves from when no rule says otherwise. */
    ipPoolId: id(),
    allowSender: boolean().notNull().default(false),
    privacyMode: boolean().notNull().default(false),
    logSmtpData: boolean().notNull().default(false),
    spamThreshold: decimal({ precision: 8, scale: 2, mode: 'number' }).notNull().default(5),
    spamFailureThreshold: decimal({ precision: 8, scale: 2, mode: 'number' }).notNull().default(20),
    /** What becomes of incoming mail with a virus. */
    virusMode: varchar({ length: 8, enum: VIRUS_MODES }).notNull().default('hold'),
    outboundSpamThreshold: decimal({ precision: 8, scale: 2, mode: 'number' }),
    postmasterAddress: varchar({ length: 320 }),
    messageRetentionDays: int().default(60),
    rawRetentionDays: int().default(30),
    rawRetentionMegabytes: int().default(2048),
    suspendedAt: instant(),
    suspensionReason: varchar({ length: 255 }),
    deletedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [
    uniqueIndex('mail_servers_permalink').on(t.organizationId, t.permalink),
    uniqueIndex('mail_servers_token').on(t.token),
    uniqueIndex('mail_servers_uuid').on(t.uuid),
  ],
)

export const CHECK_STATUSES = ['ok', 'missing', 'invalid'] as const

/** Owned by a mail server, or by an organization for all its mail servers (then `mailServerId` is null). */
export const domains = mysqlTable(
  'domains',
  {
    id: id().primaryKey(),
    organizationId: id().notNull(),
    mailServerId: id(),
    uuid: token({ length: 36 }).notNull(),
    name: varchar({ length: 255 }).notNull(),
    verificationMethod: varchar({ length: 8, enum: ['dns', 'email'] })
      .notNull()
      .default('dns'),
    verificationToken: token({ length: 32 }).notNull(),
    verifiedAt: instant(),
    useForAny: boolean().notNull().default(false),
    dnsCheckedAt: instant(),
    spfStatus: varchar({ length: 8, enum: CHECK_STATUSES }),
    spfError: varchar({ length: 500 }),
    dkimStatus: varchar({ length: 8, enum: CHECK_STATUSES }),
    dkimError: varchar({ length: 500 }),
    mxStatus: varchar({ length: 8, enum: CHECK_STATUSES }),
    mxError: varchar({ length: 500 }),
    returnPathStatus: varchar({ length: 8, enum: CHECK_STATUSES }),
    returnPathError: varchar({ length: 500 }),
    createdAt: instant().notNull(),
  },
  (t) => [
    uniqueIndex('domains_uuid').on(t.uuid),
    index('domains_name').on(t.name),
    index('domains_organization').on(t.organizationId, t.mailServerId),
  ],
)

/** A signing key of a domain, or of the installation (then `domainId` is null). Two selectors may live at once. */
export const dkimKeys = mysqlTable(
  'dkim_keys',
  {
    id: id().primaryKey(),
    domainId: id(),
    selector: varchar({ length: 63 }).notNull(),
    algorithm: varchar({ length: 16, enum: ['rsa-sha256', 'ed25519-sha256'] }).notNull(),
    /** PKCS#8 DER, sealed by the master key. */
    privateKeySealed: bytes().notNull(),
    /** The `p=` value of the DNS record. */
    publicKey: text().notNull(),
    /** When DNS was last seen to publish it; a domain's key signs only then. */
    publishedAt: instant(),
    createdAt: instant().notNull(),
    retiredAt: instant(),
  },
  (t) => [index('dkim_keys_domain').on(t.domainId)],
)

export const CREDENTIAL_TYPES = ['smtp', 'api', 'smtp_ip'] as const

export const credentials = mysqlTable(
  'credentials',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    uuid: token({ length: 36 }).notNull(),
    type: varchar({ length: 8, enum: CREDENTIAL_TYPES }).notNull(),
    name: varchar({ length: 255 }).notNull(),
    /** HMAC-SHA-256 of the key; null for `smtp_ip`. */
    keyHash: digest(),
    /** The key sealed by the master key, because CRAM-MD5 and "show key" need it. */
    keySealed: bytes(),
    /** The first four characters, to tell keys apart. */
    keyHint: token({ length: 8 }),
    /** Address or CIDR of an `smtp_ip` credential. */
    network: varchar({ length: 64 }),
    hold: boolean().notNull().default(false),
    /** API calls a minute; null is no limit. */
    callsPerMinute: int(),
    lastUsedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [
    uniqueIndex('credentials_key_hash').on(t.keyHash),
    uniqueIndex('credentials_uuid').on(t.uuid),
    index('credentials_mail_server').on(t.mailServerId, t.type),
    index('credentials_type').on(t.type),
  ],
)

export const trackingDomains = mysqlTable(
  'tracking_domains',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    domainId: id().notNull(),
    uuid: token({ length: 36 }).notNull(),
    /** The whole host name that links point to, with its port when that is not the scheme's own. */
    host: varchar({ length: 255 }).notNull(),
    tls: boolean().notNull().default(true),
    trackClicks: boolean().notNull().default(true),
    trackOpens: boolean().notNull().default(true),
    /** Mail without a List-Unsubscribe of its author's gets one that leads here. RFC 8058 */
    offerUnsubscribe: boolean().notNull().default(false),
    /** One host per line; `*.` covers its subdomains. */
    excludedClickDomains: text().notNull().default(''),
    dnsCheckedAt: instant(),
    dnsStatus: varchar({ length: 8, enum: CHECK_STATUSES }),
    dnsError: varchar({ length: 500 }),
    createdAt: instant().notNull(),
  },
  (t) => [
    uniqueIndex('tracking_domains_uuid').on(t.uuid),
    uniqueIndex('tracking_domains_domain').on(t.mailServerId, t.domainId),
    index('tracking_domains_host').on(t.host),
  ],
)

export const webhooks = mysqlTable(
  'webhooks',
  {
    id: id().primaryKey(),
    mailServerId: id().notNull(),
    uuid: token({ length: 36 }).notNull(),
    name: varchar({ length: 255 }).notNull(),
    url: text().notNull(),
    allEvents: boolean().notNull().default(true),
    /** Names of events, as webhook receivers know them, when not all are wanted. */
    events: json().$type<string[]>().notNull(),
    enabled: boolean().notNull().default(true),
    /** The Standard Webhooks secret, sealed by the master key. */
    secretSealed: bytes().notNull(),
    /** While a secret is being rotated both sign. */
    previousSecretSealed: bytes(),
    /** Beside the secret, the installation's RSA key signs as receivers written for Postal expect it. */
    postalSignatures: boolean().notNull().default(true),
    /** The circuit: failures in a row, and until when nothing is sent but one probe. */
    failuresInARow: int().notNull().default(0),
    openUntil: instant(),
    /** When the circuit opened, null while it is closed; and when its owner was told of one that stayed open. */
    pausedAt: instant(),
    ownerToldAt: instant(),
    lastUsedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('webhooks_uuid').on(t.uuid), index('webhooks_mail_server').on(t.mailServerId)],
)
