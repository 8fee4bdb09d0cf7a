/** Webhooks of the worker role: the fan-out of events and the delivery of requests, side by side with mail and apart from it. */
import { sealContext } from '../domain/seals.ts'
import { runFanOut } from '../events/fan-out.ts'
import type { WebhookLog } from '../events/webhook-attempt.ts'
import { createWebhookSender } from '../events/webhook-sender.ts'
import { currentSigningKey, readSigningKeys } from '../manage/keys.ts'
import { signingKeysOf } from '../manage/signing-secrets.ts'
import { createAddressGuard } from '../net/address-guard.ts'
import { type BodySigningKey, signBody, signingKeyId } from '../net/body-signatures.ts'
import type { Dns } from '../net/dns.ts'
import { createHttpClient } from '../net/http-client.ts'
import { cached } from '../store/cache.ts'
import type { Core, Running } from './core.ts'
import { ownVersion } from './version.ts'

/** An event leaves for its receivers within twice this, when there is nothing else to do. */
const IDLE_MS = 50
const IN_HAND_MAX = 10_000
const DOUBTFUL_MAX = 6_000
/** Tenants may share a host; it is nobody's to flood. */
const SOCKETS_PER_ORIGIN_MAX = 64
const IDLE_SOCKETS_PER_ORIGIN_MAX = 32
const KEY_KEPT_MS = 30_000

export function startWebhooks(core: Core, dns: Dns): Running {
  const { lease, clock, config, log, stopping } = core
  const http = createHttpClient({
    dns,
    mayConnect: createAddressGuard({ allow: config.delivery.allowPrivateTargets }),
    socketsPerOriginMax: SOCKETS_PER_ORIGIN_MAX,
    idleSocketsPerOriginMax: IDLE_SOCKETS_PER_ORIGIN_MAX,
  })
  const signingKey = cached<'current', BodySigningKey>({ load: () => readKey(core), ttlMs: KEY_KEPT_MS, entriesMax: 1, clock })
  const onFault = (fault: unknown) => log.error({ event: 'webhooks.fault', error: fault }, 'Webhooks could not be worked on')
  const sender = createWebhookSender({
    ...core,
    http,
    lease: lease.lease,
    sign: async (body) => signBody(await signingKey('current'), body),
    secretsOf: (target) => signingKeysOf(core.vault, target, sealContext.webhookSecret(target.id)),
    timeoutMs: config.webhooks.timeoutMs,
    userAgent: config.webhooks.userAgent ?? `Postal/${ownVersion()}`,
    idleMs: 2 * IDLE_MS,
    inHandMax: IN_HAND_MAX,
    doubtfulMax: DOUBTFUL_MAX,
    log: webhookLog(core),
    onFault,
  })
  const running = [runFanOut({ ...core, idleMs: IDLE_MS, onRequests: sender.wake, onFault }, stopping), sender.run(stopping)]
  return {
    stop: async () => {
      await Promise.all(running)
      await http[Symbol.asyncDispose]()
    },
  }
}

async function readKey(core: Core): Promise<BodySigningKey> {
  const { privateKey } = currentSigningKey(await readSigningKeys(core))
  return { kid: signingKeyId(privateKey), privateKey }
}

const webhookLog = ({ log, mailLog, metrics }: Core): WebhookLog => ({
  attempted: ({ id, webhookId, mailServerId, event, attempts }, { delivered, statusCode, responseBody, ms }, retryAt) => {
    metrics.webhooks.requests.inc({ result: delivered ? 'delivered' : retryAt ? 'delayed' : 'dead' })
    const facts = { requestId: id, webhookId, mailServerId, eventKind: event, attempt: attempts + 1 }
    if (delivered) mailLog.webhookDelivered({ ...facts, status: statusCode, ms })
    else mailLog.webhookFailed({ ...facts, ...outcomeOf(statusCode, responseBody), retryAt })
  },
  opened: ({ id, mailServerId, name }, failuresInARow, openUntil) =>
    log.warn({ event: 'webhook.paused', webhookId: id, mailServerId, name, failuresInARow, openUntil }, 'Webhook paused after failures'),
  closed: ({ id, mailServerId, name }) => log.info({ event: 'webhook.resumed', webhookId: id, mailServerId, name }, 'Webhook works again'),
  recovered: (count) => log.warn({ event: 'webhook.recovered', count }, 'Webhook requests of a dead worker returned'),
})

/** What a receiver wrote is for its owner, not for the log. */
const outcomeOf = (statusCode: number, responseBody: string) =>
  statusCode > 0 ? { status: statusCode, reason: `HTTP ${statusCode}` } : { status: null, reason: responseBody }
