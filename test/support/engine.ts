/** Intake and delivery in this process, on a real database and real sockets: for tests of what happens between 250 here and 250 there. */
import { randomBytes } from 'node:crypto'
import type { SiteLimits } from '@posthaste/core/delivery/couriers/site.ts'
import { createSmtpCourier, type SmtpCourier } from '@posthaste/core/delivery/couriers/smtp.ts'
import type { Relay, TlsPlans } from '@posthaste/core/delivery/couriers/target.ts'
import { createDelivery } from '@posthaste/core/delivery/deliver.ts'
import { createOutgoingInspection } from '@posthaste/core/delivery/outgoing-inspection.ts'
import { createOwnHosts, type OwnNames } from '@posthaste/core/delivery/own-hosts.ts'
import { createRelays } from '@posthaste/core/delivery/relays.ts'
import { createRendering } from '@posthaste/core/delivery/rendering.ts'
import { createRouting, type RoutingOptions } from '@posthaste/core/delivery/routing.ts'
import { createScanning } from '@posthaste/core/delivery/scanning.ts'
import { createSendLimit } from '@posthaste/core/delivery/send-limit.ts'
import { createSiteLimitBook, type SiteLimitBook } from '@posthaste/core/delivery/site-limits.ts'
import type { SiteReports } from '@posthaste/core/delivery/site-reports.ts'
import { opportunisticPlans } from '@posthaste/core/delivery/tls-plans.ts'
import { createIds, type NewId } from '@posthaste/core/domain/ids.ts'
import type { Message } from '@posthaste/core/domain/message.ts'
import { createVault, type Vault } from '@posthaste/core/domain/vault.ts'
import { createIntake, type Intake, type Receipt } from '@posthaste/core/intake/accept.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { createInspector } from '@posthaste/core/net/inspectors/inspect.ts'
import { createPlainHosts } from '@posthaste/core/net/plain-hosts.ts'
import { createTlsSessions } from '@posthaste/core/net/tls-sessions.ts'
import { createLogger } from '@posthaste/core/observe/logger.ts'
import { createMailLog } from '@posthaste/core/observe/mail-log.ts'
import { runQueue } from '@posthaste/core/queue/runner.ts'
import type { Database } from '@posthaste/core/store/database.ts'
import { createDirectory } from '@posthaste/core/store/directory.ts'
import { acquireLease, type Lease, renewLease } from '@posthaste/core/store/leases.ts'
import { deliveriesOf, findMessage } from '@posthaste/core/store/messages.ts'
import { createTokenSigner, type TrackingKeys } from '@posthaste/shared/tracking/token.ts'
import { type IncomingSetting, incomingFor } from './incoming-parts.ts'
import { until } from './until.ts'

export const MAIL_SERVER_ID = 1
const DOMAIN_ID = 1
const DAY_MS = 86_400_000
const RENEW_EVERY_MS = 3_000

export type EngineOptions = {
  readonly db: Database
  /** `dnsServer.address` */
  readonly dns: string
  /** Where MX hosts listen. */
  readonly smtpPort: number
  readonly clock?: () => Date
  readonly attemptsMax?: number
  /** Scanners and keys for incoming mail. */
  readonly incoming?: IncomingSetting
  readonly overLimit?: 'later' | 'held'
  /** Of the installation. */
  readonly relays?: readonly Relay[]
  /** When something sealed is in the database already. */
  readonly vault?: Vault
  readonly limits?: Partial<SiteLimits>
  readonly tlsPlans?: TlsPlans
  readonly ownNames?: OwnNames
  readonly inHandMax?: number
  readonly sitesKept?: number
  /** Everywhere unless given. */
  readonly mayConnect?: (ip: string) => boolean
  readonly transcripts?: 'all' | 'failures' | 'none'
  /** False for an engine whose lease is to die. */
  readonly renews?: boolean
  readonly sources?: NonNullable<RoutingOptions['sources']>
  readonly book?: SiteLimitBook
  readonly reports?: SiteReports
  /** Settings are read for every mail unless a benchmark wants them cached. */
  readonly directoryTtlMs?: number
  /** Signs tracking links, for tests that follow them. */
  readonly trackingKeys?: TrackingKeys
}

export type Engine = AsyncDisposable & {
  readonly intake: Intake
  readonly node: number
  readonly lease: number
  /** Accepts one mail from shop.test. */
  readonly send: (rcptTo: readonly string[], raw?: Buffer) => Promise<Receipt>
  /** Starts working on the queue; until then mail only waits. */
  readonly work: () => void
  /** The message once it has one of these statuses. */
  readonly untilStatus: (id: number, ...statuses: Message['status'][]) => Promise<Message>
  readonly deliveries: (id: number) => ReturnType<typeof deliveriesOf>
  readonly faults: readonly unknown[]
  readonly sites: SmtpCourier['sites']
}

export const SAMPLE = Buffer.from(
  'From: a@shop.test\r\nTo: ana@receiver.test\r\nSubject: Hello\r\nMessage-ID: <1@shop.test>\r\n\r\nHello\r\n.dot\r\n',
)

/** An organization, a mail server and a verified domain, each with id 1. */
export async function seedSender(db: Database, now = new Date()): Promise<void> {
  await db.$client.query("INSERT INTO organizations (id, uuid, name, permalink, created_at) VALUES (1, 'org', 'Acme', 'acme', ?)", [now])
  await db.$client.query(
    "INSERT INTO mail_servers (id, organization_id, uuid, name, permalink, token, created_at) VALUES (1, 1, 'server', 'Shop', 'shop', 'abcdef', ?)",
    [now],
  )
  await db.$client.query(
    `INSERT INTO domains (id, organization_id, mail_server_id, uuid, name, verification_token, verified_at, created_at)
     VALUES (1, 1, 1, 'domain', 'shop.test', 'token', ?, ?)`,
    [now, now],
  )
}

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { db, clock = () => new Date(), attemptsMax = 18, directoryTtlMs = 0 } = options
  const lease = await acquireLease(db, { role: 'worker', name: 'test' })
  const renewing =
    options.renews === false ? undefined : setInterval(() => void renewLease(db, lease).catch(() => undefined), RENEW_EVERY_MS)
  const newId = createIds({ node: lease.node, clock })
  const intake = createIntake({ db, node: lease.node, newId, clock, randomBytes })
  const directory = createDirectory(db, clock, directoryTtlMs)
  const { vault = createVault(randomBytes(32)) } = options
  const faults: unknown[] = []
  const courier = composeCourier(options, { lease, newId, clock, onFault: (fault) => faults.push(fault) })
  const { scanners, outage = 'accept' } = options.incoming ?? {}
  const chance = { clock, random: Math.random }
  const scanning = createScanning({ ...chance, outage, inspect: createInspector({ spam: null, virus: null, ...scanners, ...chance }) })
  const delivery = createDelivery({
    ...{ db, directory, clock, newId, randomBytes, courier, holder: lease, random: Math.random },
    rules: { attemptsMax, holdMaxMs: 7 * DAY_MS, suppressionMs: 30 * DAY_MS },
    incoming: incomingFor(options.incoming ?? {}, {
      ...options,
      node: lease.node,
      newId,
      clock,
      courier,
      intake,
      vault,
      attemptsMax,
      scanning,
    }),
    rendering: createRendering({
      directory,
      vault,
      sign: createTokenSigner(options.trackingKeys ?? { current: 1, keys: new Map([[1, randomBytes(32)]]) }),
      returnPathDomain: 'rp.test',
      customReturnPathPrefix: 'psrp',
      resentSender: true,
    }),
    inspection: createOutgoingInspection({ db, clock, scanning }),
    sendLimit: createSendLimit({ db, clock, newId, random: Math.random, overLimit: options.overLimit ?? 'later' }),
    routing: createRouting({
      relaysFor: createRelays({ db, clock, vault, installation: options.relays ?? [], ttlMs: directoryTtlMs }),
      ...(options.sources ? { sources: options.sources } : {}),
    }),
    log: createMailLog(createLogger({ level: 'silent', role: 'worker', clock })),
    onFault: (fault) => faults.push(fault),
  })
  const stop = new AbortController()
  let running: Promise<void> | undefined
  return {
    intake,
    ...lease,
    faults,
    sites: courier.sites,
    send: (rcptTo, raw = SAMPLE) => intake.accept(acceptance(rcptTo, raw)),
    work: () => {
      running = runQueue(
        {
          db,
          clock,
          lease: lease.lease,
          inHandMax: options.inHandMax ?? 2_000,
          claimMax: 200,
          idleMs: 20,
          handle: delivery.handle,
          relieve: courier.relieve,
          handBack: courier.handBack,
          onFault: (fault) => faults.push(fault),
        },
        stop.signal,
      )
    },
    untilStatus: (id, ...statuses) =>
      until(
        async () => {
          const message = await findMessage(db, MAIL_SERVER_ID, id)
          return message && statuses.includes(message.status) && message
        },
        { what: `message ${id} to be ${statuses.join(' or ')}`, timeoutMs: 60_000 },
      ),
    deliveries: (id) => deliveriesOf(db, MAIL_SERVER_ID, id),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await running
      clearInterval(renewing)
      await courier[Symbol.asyncDispose]()
    },
  }
}

const acceptance = (rcptTo: readonly string[], raw: Buffer) => ({
  mailServerId: MAIL_SERVER_ID,
  raw,
  receivedWithTls: true,
  credentialId: null,
  recipients: rcptTo.map((address) => ({ scope: 'outgoing' as const, rcptTo: address, mailFrom: 'a@shop.test', domainId: DOMAIN_ID })),
})

type Parts = { readonly lease: Lease; readonly newId: NewId; readonly clock: () => Date; readonly onFault: (fault: unknown) => void }

const composeCourier = (
  {
    db,
    dns,
    smtpPort,
    limits = {},
    tlsPlans = opportunisticPlans,
    transcripts = 'failures',
    mayConnect = () => true,
    book,
    reports,
    sitesKept,
    ownNames,
  }: EngineOptions,
  { lease, newId, clock, onFault }: Parts,
) => {
  const resolver = createDns({ servers: [dns], timeoutMs: 1_000, clock })
  return createSmtpCourier({
    dialer: {
      dns: resolver,
      mayConnect,
      plainHosts: createPlainHosts({ clock }),
      tlsSessions: createTlsSessions({ clock }),
      heloName: 'mail.test',
      openTimeoutMs: 15_000,
      readTimeoutMs: 15_000,
    },
    limits: { connectionsMax: 20, messagesPerSessionMax: 100, idleMs: 1_000, probeEveryMs: 60_000, rates: [], ...limits },
    book: book ?? createSiteLimitBook({ db, lease, clock, newId, onFault }),
    tlsPlans,
    port: smtpPort,
    keepTranscripts: transcripts,
    ...(reports ? { reports } : {}),
    clock,
    random: Math.random,
    ...(sitesKept === undefined ? {} : { sitesKept }),
    ...(ownNames ? { ownHosts: createOwnHosts({ db, dns: resolver, names: ownNames }) } : {}),
  })
}
