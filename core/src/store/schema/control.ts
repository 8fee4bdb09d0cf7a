/** Control tables: who may do what. No query joins them with mail tables (docs/decisions/004). */
import {
  boolean,
  decimal,
  index,
  int,
  json,
  mysqlTable,
  primaryKey,
  smallint,
  text,
  tinyint,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core'
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

/** A running process. Ids are made with its `node`; claims of its queue entries die with its `lease`. */
export const nodeLeases = mysqlTable(
  'node_leases',
  {
    node: smallint().primaryKey(),
    /** Grows by one with every holder: the fencing number. */
    lease: id().notNull(),
    role: varchar({ length: 16 }).notNull(),
    holder: varchar({ length: 255 }).notNull(),
    leasedUntil: instant().notNull(),
  },
  (t) => [uniqueIndex('node_leases_lease').on(t.lease)],
)

/** Secrets of the installation that rotate by id: tracking keys (purpose `tracking`) and the RSA signing key (`signing`). */
export const installationKeys = mysqlTable(
  'installation_keys',
  {
    purpose: varchar({ length: 16, enum: ['tracking', 'signing'] }).notNull(),
    keyId: tinyint({ unsigned: true }).notNull(),
    secretSealed: bytes().notNull(),
    createdAt: instant().notNull(),
    retiredAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.purpose, t.keyId] })],
)

/** Addresses that mail is sent from, in groups that are given to organizations. */
export const ipPools = mysqlTable(
  'ip_pools',
  {
    id: id().primaryKey(),
    uuid: token({ length: 36 }).notNull(),
    name: varchar({ length: 255 }).notNull(),
    /** New organizations get it. */
    isDefault: boolean().notNull().default(false),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('ip_pools_uuid').on(t.uuid)],
)

export const ipAddresses = mysqlTable(
  'ip_addresses',
  {
    id: id().primaryKey(),
    ipPoolId: id().notNull(),
    ipv4: token({ length: 15 }).notNull(),
    ipv6: token({ length: 45 }),
    /** The name it greets with, which its PTR should say too. */
    hostname: varchar({ length: 255 }).notNull(),
    /** Its share of the pool's mail, from 0 to 100. */
    priority: int().notNull().default(100),
    /** Since when it is being warmed up; null for an address with a reputation. */
    warmupStartedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [index('ip_addresses_pool').on(t.ipPoolId), uniqueIndex('ip_addresses_ipv4').on(t.ipv4)],
)

export const organizationIpPools = mysqlTable(
  'organization_ip_pools',
  { organizationId: id().notNull(), ipPoolId: id().notNull() },
  (t) => [primaryKey({ columns: [t.organizationId, t.ipPoolId] })],
)

/** Sends some mail from another pool. Of a mail server, or of an organization (then `mailServerId` is null). */
export const ipPoolRules = mysqlTable(
  'ip_pool_rules',
  {
    id: id().primaryKey(),
    uuid: token({ length: 36 }).notNull(),
    organizationId: id().notNull(),
    mailServerId: id(),
    ipPoolId: id().notNull(),
    /** One address or domain per line; one match is enough. */
    fromText: text().notNull().default(''),
    toText: text().notNull().default(''),
    createdAt: instant().notNull(),
  },
  (t) => [uniqueIndex('ip_pool_rules_uuid').on(t.uuid), index('ip_pool_rules_owner').on(t.organizationId, t.mailServerId)],
)

/** How the warming of an address goes with one provider: what it sent on a day, and what was put off. */
export const warmupDays = mysqlTable(
  'warmup_days',
  {
    ipAddressId: id().notNull(),
    provider: varchar({ length: 64 }).notNull(),
    day: instant().notNull(),
    budget: int().notNull(),
    sent: int().notNull().default(0),
    deferred: int().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.ipAddressId, t.provider, t.day] })],
)

export const SITE_LIMIT_KINDS = ['suspend', 'rate', 'connections', 'move'] as const

/** A temporary limit that a site's replies have brought about. All workers keep to it; an operator may lift it. */
export const siteLimits = mysqlTable(
  'site_limits',
  {
    id: id().primaryKey(),
    site: varchar({ length: 255 }).notNull(),
    /** Our address that it is about; empty for all. */
    sourceIp: token({ length: 45 }).notNull().default(''),
    kind: varchar({ length: 16, enum: SITE_LIMIT_KINDS }).notNull(),
    /** Messages a minute, or connections. */
    amount: int(),
    /** Name of the pool that its mail is moved to. */
    ipPool: varchar({ length: 255 }),
    /** Which rule, and the reply that brought it about. */
    rule: varchar({ length: 64 }).notNull(),
    reply: varchar({ length: 512 }).notNull(),
    createdAt: instant().notNull(),
    until: instant().notNull(),
    liftedAt: instant(),
  },
  (t) => [index('site_limits_site').on(t.site, t.until), index('site_limits_until').on(t.until)],
)

/** Other hosts to send through: of a mail server, of a recipient domain, or both. Equal priority is failover in the order of id. */
export const relays = mysqlTable(
  'relays',
  {
    id: id().primaryKey(),
    mailServerId: id(),
    /** Mail for this recipient domain; null for all. */
    domain: varchar({ length: 255 }),
    host: varchar({ length: 255 }).notNull(),
    port: int().notNull().default(25),
    tlsMode: varchar({ length: 16, enum: TLS_MODES }).notNull().default('auto'),
    username: varchar({ length: 255 }),
    passwordSealed: bytes(),
    createdAt: instant().notNull(),
  },
  (t) => [index('relays_owner').on(t.mailServerId, t.domain)],
)

/** Policies that domains have published, kept for as long as they ask. RFC 8461 §5.1 */
export const mtaStsPolicies = mysqlTable('mta_sts_policies', {
  domain: varchar({ length: 255 }).primaryKey(),
  policyId: varchar({ length: 64 }).notNull(),
  mode: varchar({ length: 8, enum: ['enforce', 'testing', 'none'] }).notNull(),
  hosts: json().$type<string[]>().notNull(),
  expiresAt: instant().notNull(),
})
