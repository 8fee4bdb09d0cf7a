/** Who is who, read for every mail and therefore cached for seconds: mail servers, credentials, sending domains. */
import { and, eq, isNotNull, isNull, or } from 'drizzle-orm'
import { type Cached, cached } from './cache.ts'
import type { Database } from './database.ts'
import { findReturnPathRoute, findRouteByAddress, findRouteByToken, type Route } from './route-lookup.ts'
import { credentials, dkimKeys, domains, mailServers, organizations, trackingDomains } from './schema/tenants.ts'

export type { Route } from './route-lookup.ts'

export type MailServer = {
  readonly id: number
  readonly organizationId: number
  readonly uuid: string
  readonly name: string
  readonly permalink: string
  readonly organizationPermalink: string
  readonly token: string
  readonly mode: 'live' | 'development'
  readonly allowSender: boolean
  readonly privacyMode: boolean
  readonly logSmtpData: boolean
  readonly sendLimit: number | null
  /** From which score on outgoing mail is spam; null when it is not inspected. */
  readonly outboundSpamThreshold: number | null
  /** What becomes of mail with a virus. */
  readonly virusMode: 'hold' | 'fail' | 'mark'
  /** It or its organization is suspended. */
  readonly suspended: boolean
}

export type Credential = {
  readonly id: number
  readonly mailServerId: number
  readonly type: 'smtp' | 'api' | 'smtp_ip'
  readonly name: string
  readonly hold: boolean
  readonly network: string | null
  /** API calls; null is no limit. */
  readonly callsPerMinute: number | null
  readonly keySealed: Buffer | null
}

export type SendingDomain = {
  readonly id: number
  readonly name: string
  readonly verified: boolean
  readonly returnPathOk: boolean
  readonly dkimOk: boolean
}

export type DkimKey = {
  readonly id: number
  readonly selector: string
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256'
  readonly privateKeySealed: Buffer
}

export type TrackingDomain = {
  readonly host: string
  readonly tls: boolean
  readonly trackClicks: boolean
  readonly trackOpens: boolean
  readonly offerUnsubscribe: boolean
  readonly excludedClickDomains: readonly string[]
}

export type Directory = {
  readonly mailServer: Cached<number, MailServer | undefined>
  readonly mailServerByToken: Cached<string, MailServer | undefined>
  /** By `organization/mail-server`, as SMTP clients name it. */
  readonly mailServerByPermalinks: Cached<string, MailServer | undefined>
  readonly credential: Cached<number, Credential | undefined>
  /** By the hex of its key's hash; of any type. */
  readonly credentialByKeyHash: Cached<string, Credential | undefined>
  /** All SMTP credentials of a mail server, for CRAM-MD5. */
  readonly smtpCredentials: Cached<number, readonly Credential[]>
  /** All SMTP-IP credentials of the installation. */
  readonly ipCredentials: Cached<'all', readonly Credential[]>
  /** The verified domains that a mail server may send from; its own before its organization's. */
  readonly sendingDomains: Cached<number, readonly (SendingDomain & { readonly own: boolean; readonly useForAny: boolean })[]>
  readonly domain: Cached<number, SendingDomain | undefined>
  /** Keys that sign for a domain now, which are those that its DNS publishes; those of the installation under 0. */
  readonly dkimKeys: Cached<number, readonly DkimKey[]>
  /** By `mail server:domain`; only when its DNS is right. */
  readonly trackingDomain: Cached<string, TrackingDomain | undefined>
  /** By `name@domain`, both in small letters, the tag left out; the domain's `*` when no name fits. */
  readonly routeByAddress: Cached<string, Route | undefined>
  readonly routeByToken: Cached<string, Route | undefined>
  /** Where a mail server wants its bounces to go besides. */
  readonly returnPathRoute: Cached<number, Route | undefined>
}

const ENTRIES_MAX = 10_000

export function createDirectory(db: Database, clock: () => Date, ttlMs = 3_000): Directory {
  const keep = <K extends string | number, V>(load: (key: K) => Promise<V>) => cached({ load, ttlMs, entriesMax: ENTRIES_MAX, clock })
  return {
    mailServer: keep((id: number) => findMailServer(db, eq(mailServers.id, id))),
    mailServerByToken: keep((token: string) => findMailServer(db, eq(mailServers.token, token))),
    mailServerByPermalinks: keep((name: string) => {
      const [organization = '', mailServer = ''] = name.split('/')
      return findMailServer(db, and(eq(organizations.permalink, organization), eq(mailServers.permalink, mailServer)))
    }),
    credential: keep(async (id: number) => (await listCredentials(db, eq(credentials.id, id)))[0]),
    credentialByKeyHash: keep(async (hash: string) => (await listCredentials(db, eq(credentials.keyHash, Buffer.from(hash, 'hex'))))[0]),
    smtpCredentials: keep((id: number) => listCredentials(db, and(eq(credentials.mailServerId, id), eq(credentials.type, 'smtp')))),
    ipCredentials: keep(() => listCredentials(db, eq(credentials.type, 'smtp_ip'))),
    sendingDomains: keep((id: number) => listSendingDomains(db, id)),
    domain: keep(async (id: number) => (await db.select(DOMAIN).from(domains).where(eq(domains.id, id))).map(toDomain)[0]),
    dkimKeys: keep((id: number) => listDkimKeys(db, id)),
    trackingDomain: keep((key: string) => findTrackingDomain(db, key)),
    routeByAddress: keep((address: string) => findRouteByAddress(db, address)),
    routeByToken: keep((token: string) => findRouteByToken(db, token)),
    returnPathRoute: keep((mailServerId: number) => findReturnPathRoute(db, mailServerId)),
  }
}

type Condition = ReturnType<typeof eq> | undefined

async function findMailServer(db: Database, where: Condition): Promise<MailServer | undefined> {
  const [row] = await db
    .select({ mailServer: mailServers, organizationPermalink: organizations.permalink, organizationSuspendedAt: organizations.suspendedAt })
    .from(mailServers)
    .innerJoin(organizations, eq(organizations.id, mailServers.organizationId))
    .where(and(where, isNull(mailServers.deletedAt), isNull(organizations.deletedAt)))
  if (!row) return undefined
  const { mailServer, organizationPermalink } = row
  const { id, organizationId, uuid, name, permalink, token, mode, allowSender, privacyMode, logSmtpData, sendLimit } = mailServer
  const suspended = mailServer.suspendedAt !== null || row.organizationSuspendedAt !== null
  return {
    id,
    organizationId,
    uuid,
    name,
    permalink,
    organizationPermalink,
    token,
    mode,
    allowSender,
    privacyMode,
    logSmtpData,
    sendLimit,
    outboundSpamThreshold: mailServer.outboundSpamThreshold,
    virusMode: mailServer.virusMode,
    suspended,
  }
}

async function listCredentials(db: Database, where: Condition): Promise<Credential[]> {
  const { id, mailServerId, type, name, hold, network, callsPerMinute, keySealed } = credentials
  return db.select({ id, mailServerId, type, name, hold, network, callsPerMinute, keySealed }).from(credentials).where(where)
}

const DOMAIN = {
  id: domains.id,
  name: domains.name,
  verifiedAt: domains.verifiedAt,
  returnPathStatus: domains.returnPathStatus,
  dkimStatus: domains.dkimStatus,
}

type DomainRow = { id: number; name: string; verifiedAt: Date | null; returnPathStatus: string | null; dkimStatus: string | null }

const toDomain = (row: DomainRow): SendingDomain => ({
  id: row.id,
  name: row.name,
  verified: row.verifiedAt !== null,
  returnPathOk: row.returnPathStatus === 'ok',
  dkimOk: row.dkimStatus === 'ok',
})

async function listSendingDomains(db: Database, mailServerId: number) {
  const [owner] = await db.select({ organizationId: mailServers.organizationId }).from(mailServers).where(eq(mailServers.id, mailServerId))
  if (!owner) return []
  const rows = await db
    .select({ ...DOMAIN, ownerId: domains.mailServerId, useForAny: domains.useForAny })
    .from(domains)
    .where(
      and(
        eq(domains.organizationId, owner.organizationId),
        or(eq(domains.mailServerId, mailServerId), isNull(domains.mailServerId)),
        isNotNull(domains.verifiedAt),
      ),
    )
    .orderBy(domains.name)
  return rows
    .map((row) => ({ ...toDomain(row), own: row.ownerId !== null, useForAny: row.useForAny }))
    .sort((a, b) => Number(b.own) - Number(a.own))
}

async function listDkimKeys(db: Database, domainId: number): Promise<DkimKey[]> {
  const { id, selector, algorithm, privateKeySealed } = dkimKeys
  return db
    .select({ id, selector, algorithm, privateKeySealed })
    .from(dkimKeys)
    .where(
      and(
        domainId === 0 ? isNull(dkimKeys.domainId) : and(eq(dkimKeys.domainId, domainId), isNotNull(dkimKeys.publishedAt)),
        isNull(dkimKeys.retiredAt),
      ),
    )
    .orderBy(dkimKeys.id)
}

async function findTrackingDomain(db: Database, key: string): Promise<TrackingDomain | undefined> {
  const [mailServerId = 0, domainId = 0] = key.split(':').map(Number)
  const [row] = await db
    .select()
    .from(trackingDomains)
    .where(and(eq(trackingDomains.mailServerId, mailServerId), eq(trackingDomains.domainId, domainId), eq(trackingDomains.dnsStatus, 'ok')))
  if (!row) return undefined
  const excludedClickDomains = row.excludedClickDomains.split(/\s+/).filter(Boolean)
  const { host, tls, trackClicks, trackOpens, offerUnsubscribe } = row
  return { host, tls, trackClicks, trackOpens, offerUnsubscribe, excludedClickDomains }
}
