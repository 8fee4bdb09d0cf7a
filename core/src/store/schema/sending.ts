/** Control tables of sending: our addresses, relays, and what is known about the sites that mail goes to. */
import { boolean, index, int, json, mysqlTable, primaryKey, smallint, text, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { bytes, id, instant, token } from './columns.ts'
import { TLS_MODES } from './routes.ts'

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
    /** When its last warm-up ended, by its plan or by a person. */
    warmupEndedAt: instant(),
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

/** How mail to each site went, by hour, and how it stands now. Each process adds to rows of its own, so that no two wait for each other. */
export const siteHours = mysqlTable(
  'site_hours',
  {
    hour: instant().notNull(),
    site: varchar({ length: 255 }).notNull(),
    node: smallint().notNull(),
    sent: int().notNull().default(0),
    delayed: int().notNull().default(0),
    failed: int().notNull().default(0),
    /** At the last attempt no connection came about, for the third time in a row. */
    dead: boolean().notNull(),
    triedAt: instant().notNull(),
    /** The last that was not taken in this hour: whose reply, what it said and meant; null when all was taken. */
    host: varchar({ length: 255 }),
    reply: varchar({ length: 512 }),
    replyClass: token({ length: 32 }),
    repliedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.hour, t.site, t.node] })],
)

/** Which site the mail of a recipient domain went to last. */
export const siteDomains = mysqlTable(
  'site_domains',
  {
    domain: varchar({ length: 255 }).primaryKey(),
    site: varchar({ length: 255 }).notNull(),
    seenAt: instant().notNull(),
  },
  (t) => [index('site_domains_site').on(t.site, t.seenAt), index('site_domains_seen').on(t.seenAt)],
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
