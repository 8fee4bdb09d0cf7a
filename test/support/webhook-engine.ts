/** Fan-out and delivery of webhooks in this process, on a real database and real sockets, with events at will. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { NewEvent } from '@posthaste/core/domain/event.ts'
import { createIds } from '@posthaste/core/domain/ids.ts'
import { sealContext } from '@posthaste/core/domain/seals.ts'
import { createVault } from '@posthaste/core/domain/vault.ts'
import { type FanOutOptions, runFanOut } from '@posthaste/core/events/fan-out.ts'
import type { WebhookLog } from '@posthaste/core/events/webhook-attempt.ts'
import { createWebhookSender, type WebhookSenderOptions } from '@posthaste/core/events/webhook-sender.ts'
import { createIntake } from '@posthaste/core/intake/accept.ts'
import { signingKeysOf } from '@posthaste/core/manage/signing-secrets.ts'
import { signBody, signingKeyId } from '@posthaste/core/net/body-signatures.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { createHttpClient } from '@posthaste/core/net/http-client.ts'
import type { Database } from '@posthaste/core/store/database.ts'
import { createDirectory } from '@posthaste/core/store/directory.ts'
import { appendEvents } from '@posthaste/core/store/events.ts'
import { acquireLease } from '@posthaste/core/store/leases.ts'
import { inTransaction } from '@posthaste/core/store/transaction.ts'

/** Of `seedSender` in engine.ts. */
const MAIL_SERVER_ID = 1

/** One RSA key for all tests: making one takes a tenth of a second. */
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const PUBLIC_KEY = publicKey.export({ type: 'spki', format: 'pem' }).toString()
export const WEBHOOK_SECRET = `whsec_${Buffer.from('thirty-two bytes make one secret').toString('base64')}`
const vault = createVault(Buffer.alloc(32, 7))

export type WebhookEngineOptions = {
  readonly db: Database
  readonly clock?: () => Date
  readonly timeoutMs?: number
  readonly mayConnect?: (ip: string) => boolean
  readonly log?: Partial<WebhookLog>
  /** Instead of signing by the key of all tests. */
  readonly sign?: WebhookSenderOptions['sign']
}

export type WebhookEngine = AsyncDisposable & {
  readonly node: number
  readonly lease: number
  readonly newId: () => number
  readonly fanOut: FanOutOptions
  readonly sender: WebhookSenderOptions
  readonly faults: readonly unknown[]
  /** Starts fan-out and delivery; until then events only wait. */
  readonly work: () => void
  /** Ends both and waits for what is under way. */
  readonly rest: () => Promise<void>
}

export async function startWebhookEngine({
  db,
  timeoutMs = 10_000,
  mayConnect = () => true,
  ...options
}: WebhookEngineOptions): Promise<WebhookEngine> {
  const { clock = () => new Date() } = options
  const lease = await acquireLease(db, { role: 'test', name: 'webhooks' })
  const newId = createIds({ node: lease.node, clock })
  const http = createHttpClient({
    dns: createDns({ servers: ['127.0.0.1:9'], timeoutMs: 200, clock }),
    mayConnect,
    socketsPerOriginMax: 64,
    idleSocketsPerOriginMax: 32,
  })
  const faults: unknown[] = []
  const onFault = (fault: unknown) => void faults.push(fault)
  const key = { kid: signingKeyId(privateKey), privateKey }
  const sender: WebhookSenderOptions = {
    ...{
      db,
      clock,
      newId,
      http,
      timeoutMs,
      onFault,
      random: () => 0,
      userAgent: 'Postal/test',
      idleMs: 20,
      inHandMax: 10_000,
      doubtfulMax: 6_000,
    },
    lease: lease.lease,
    sign: options.sign ?? ((body) => signBody(key, body)),
    secretsOf: (target) => signingKeysOf(vault, target, sealContext.webhookSecret(target.id)),
    log: { attempted: () => undefined, opened: () => undefined, closed: () => undefined, recovered: () => undefined, ...options.log },
  }
  const delivering = createWebhookSender(sender)
  const fanOut: FanOutOptions = {
    ...{ db, newId, clock, randomBytes, onFault, idleMs: 20 },
    directory: createDirectory(db, clock, 0),
    onRequests: delivering.wake,
  }
  const stop = new AbortController()
  let running: Promise<unknown> = Promise.resolve()
  const rest = async () => {
    stop.abort()
    await running
  }
  return {
    ...{ newId, fanOut, sender, faults, rest },
    ...lease,
    work: () => {
      running = Promise.all([runFanOut(fanOut, stop.signal), delivering.run(stop.signal)])
    },
    [Symbol.asyncDispose]: async () => {
      await rest()
      await http[Symbol.asyncDispose]()
    },
  }
}

export type SeededWebhook = {
  readonly id: number
  readonly url: string
  readonly mailServerId?: number
  /** All of Postal's when absent. */
  readonly events?: readonly string[]
  readonly enabled?: boolean
  readonly previousSecret?: string
  readonly postalSignatures?: boolean
}

export async function seedWebhook(db: Database, webhook: SeededWebhook): Promise<void> {
  const { id, url, mailServerId = MAIL_SERVER_ID, events, enabled = true, previousSecret, postalSignatures = true } = webhook
  const seal = (secret: string) => Buffer.from(vault.seal(Buffer.from(secret), sealContext.webhookSecret(id)))
  await db.$client.query(
    `INSERT INTO webhooks (id, mail_server_id, uuid, name, url, all_events, events, enabled, secret_sealed, previous_secret_sealed,
       postal_signatures, created_at) VALUES (?)`,
    [
      [
        ...[id, mailServerId, `webhook-${id}`, `Hook ${id}`, url, !events, JSON.stringify(events ?? []), enabled],
        ...[seal(WEBHOOK_SECRET), previousSecret === undefined ? null : seal(previousSecret), postalSignatures, new Date()],
      ],
    ],
  )
}

/** Accepts so many messages, and gives their ids. */
export async function seedMessages(db: Database, newId: () => number, count: number, mailServerId = MAIL_SERVER_ID): Promise<number[]> {
  const intake = createIntake({ db, node: 1, newId, clock: () => new Date(), randomBytes })
  const recipients = Array.from({ length: count }, (_, n) => ({
    scope: 'outgoing' as const,
    rcptTo: `user${n}@receiver.test`,
    mailFrom: 'orders@shop.test',
    domainId: null,
  }))
  const raw = Buffer.from(
    'From: orders@shop.test\r\nSubject: Your order\r\nMessage-ID: <7781@shop.test>\r\nX-Postal-Tag: order\r\n\r\nThanks\r\n',
  )
  const { messages } = await intake.accept({ mailServerId, raw, receivedWithTls: true, credentialId: null, recipients })
  return messages.map(({ id }) => id)
}

export const SENT = { status: 'sent', details: 'Message accepted', output: '250 2.0.0 Ok', sentWithTls: true, time: 0.42, deliveryId: 1 }

export const newEvent = (id: number, messageId: number, more: Partial<NewEvent> = {}): NewEvent => ({
  ...{ id, messageId, mailServerId: MAIL_SERVER_ID, kind: 'sent', at: new Date(), data: SENT },
  ...more,
})

export const record = (db: Database, events: readonly NewEvent[]): Promise<void> => inTransaction(db, (tx) => appendEvents(tx, events))
