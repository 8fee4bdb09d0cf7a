/** The delivery of mail, put together from the configuration. */
import { createTokenSigner } from '@posthaste/shared/tracking/token.ts'
import type { SmtpRelay } from '../config/kinds.ts'
import { createSmtpCourier, type SmtpCourier } from '../delivery/couriers/smtp.ts'
import type { Relay } from '../delivery/couriers/target.ts'
import { createDelivery, type Delivery } from '../delivery/deliver.ts'
import { createRendering } from '../delivery/rendering.ts'
import { createRouting } from '../delivery/routing.ts'
import { createSendLimit } from '../delivery/send-limit.ts'
import { createSiteLimitBook } from '../delivery/site-limits.ts'
import { opportunisticPlans } from '../delivery/tls-plans.ts'
import { createAddressGuard } from '../net/address-guard.ts'
import { createPlainHosts } from '../net/plain-hosts.ts'
import type { Core } from './core.ts'
import { composeDns } from './dns.ts'
import { openKeys } from './keys.ts'

const DAY_MS = 86_400_000
/** For sites of no known provider: the most connections that Postfix makes, and a rest that keeps no server waiting. */
const SITE_LIMITS = { connectionsMax: 20, messagesPerSessionMax: 100, idleMs: 5_000, probeEveryMs: 60_000, rates: [] }

export function composeCourier(core: Core): SmtpCourier {
  const { config, clock, random, log } = core
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
    book: createSiteLimitBook({
      ...core,
      onFault: (error) => log.warn({ event: 'site_limits.fault', error }, 'Site limits could not be read or written'),
      onLimit: ({ site, rule, until }) =>
        log.warn({ event: 'site.limited', site, rule, until }, `Site ${site} is limited by the rule ${rule}`),
    }),
    tlsPlans: opportunisticPlans,
    port: delivery.smtpPort,
    clock,
    random,
  })
}

export async function composeDelivery(core: Core, courier: SmtpCourier): Promise<Delivery> {
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
    sendLimit: createSendLimit({ ...core, overLimit: 'later' }),
    routing: createRouting({ relays: config.delivery.smtpRelays.map(toRelay) }),
    log: mailLog,
    onFault: (fault, { messageId, mailServerId }) => {
      metrics.worker.errors.inc({ error: fault instanceof Error ? fault.name : 'Error' })
      log.error({ event: 'delivery.error', messageId, mailServerId, error: fault }, 'Fault while delivering')
    },
  })
}

const TLS: Readonly<Record<SmtpRelay['tlsMode'], Relay['tls']>> = {
  none: { mode: 'none', verify: false },
  auto: { mode: 'opportunistic', verify: false },
  starttls: { mode: 'required', verify: true },
  tls: { mode: 'implicit', verify: true },
}

function toRelay({ host, port, tlsMode, login }: SmtpRelay): Relay {
  const auth = login && { user: login.user, password: login.password.reveal() }
  return { host, port, tls: TLS[tlsMode], ...(auth ? { auth } : {}) }
}
