/** The worker role: queue, delivery, webhooks and tasks. */
import { createTokenSigner } from '@posthaste/shared/tracking/token.ts'
import { createSmtpCourier } from '../delivery/couriers/smtp.ts'
import { createDelivery, type Delivery } from '../delivery/deliver.ts'
import { createRendering } from '../delivery/rendering.ts'
import { createAddressGuard } from '../net/address-guard.ts'
import { createPlainHosts } from '../net/plain-hosts.ts'
import { runQueue } from '../queue/runner.ts'
import type { Core, Running } from './core.ts'
import { composeDns } from './dns.ts'
import { openKeys } from './keys.ts'
import { startWebhooks } from './webhooks.ts'

const IN_HAND_MAX = 400
const CLAIM_MAX = 100
const IDLE_MS = 100
const DAY_MS = 86_400_000
const SITE_LIMITS = { windowMax: 20, messagesPerSessionMax: 100, idleMs: 5_000, probeEveryMs: 60_000 }

export async function startWorker(core: Core): Promise<Running> {
  const courier = composeCourier(core)
  const delivery = await composeDelivery(core, courier)
  const webhooks = startWebhooks(core, composeDns(core.config, core.clock))
  const { db, lease, clock, log, metrics, stopping } = core
  const running = runQueue(
    {
      db,
      lease: lease.lease,
      clock,
      inHandMax: IN_HAND_MAX,
      claimMax: CLAIM_MAX,
      idleMs: IDLE_MS,
      handle: delivery.handle,
      onFault: (fault) => {
        metrics.worker.errors.inc({ error: fault instanceof Error ? fault.name : 'Error' })
        log.error({ event: 'queue.fault', error: fault }, 'The queue could not be worked on')
      },
      onRecovered: (count) => log.warn({ event: 'queue.recovered', count }, 'Entries of a dead worker returned to the queue'),
    },
    stopping,
  )
  return {
    stop: async (deadlineMs) => {
      await Promise.all([running, webhooks.stop(deadlineMs)])
      await delivery[Symbol.asyncDispose]()
      await courier[Symbol.asyncDispose]()
    },
  }
}

function composeCourier({ config, clock, random }: Core) {
  const { delivery, dns } = config
  return createSmtpCourier({
    dialer: {
      dns: composeDns(config, clock),
      mayConnect: createAddressGuard({ allow: delivery.allowPrivateTargets }),
      plainHosts: createPlainHosts({ clock }),
      heloName: dns.heloHostname,
      openTimeoutMs: delivery.openTimeoutMs,
      readTimeoutMs: delivery.readTimeoutMs,
    },
    limits: SITE_LIMITS,
    port: delivery.smtpPort,
    relay: null,
    clock,
    random,
  })
}

async function composeDelivery(core: Core, courier: ReturnType<typeof createSmtpCourier>): Promise<Delivery> {
  const { config, lease, log, mailLog, metrics } = core
  const rendering = createRendering({
    directory: core.directory,
    vault: core.vault,
    sign: createTokenSigner((await openKeys(core)).tracking),
    returnPathDomain: config.dns.returnPathDomain,
    customReturnPathPrefix: config.dns.customReturnPathPrefix,
    resentSender: config.delivery.useResentSenderHeader,
  })
  const { attemptsMax } = config.delivery
  const { holdDays, suppressionDays } = config.retention
  return createDelivery({
    ...core,
    holder: lease,
    rules: { attemptsMax, holdMaxMs: holdDays * DAY_MS, suppressionMs: suppressionDays * DAY_MS },
    rendering,
    courier,
    log: mailLog,
    onFault: (fault, { messageId, mailServerId }) => {
      metrics.worker.errors.inc({ error: fault instanceof Error ? fault.name : 'Error' })
      log.error({ event: 'delivery.error', messageId, mailServerId, error: fault }, 'Fault while delivering')
    },
  })
}
