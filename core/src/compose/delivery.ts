/** The delivery of mail, put together from the configuration. */
import { createTokenSigner } from '@posthaste/shared/tracking/token.ts'
import type { SmtpRelay, SocksServer } from '../config/kinds.ts'
import { createSmtpCourier, type SmtpCourier } from '../delivery/couriers/smtp.ts'
import { type Relay, TLS_OF } from '../delivery/couriers/target.ts'
import { createDelivery, type Delivery } from '../delivery/deliver.ts'
import { createOutgoingInspection } from '../delivery/outgoing-inspection.ts'
import { createOwnHosts } from '../delivery/own-hosts.ts'
import { createRelays } from '../delivery/relays.ts'
import { createRendering } from '../delivery/rendering.ts'
import { createRouting } from '../delivery/routing.ts'
import { createSendLimit } from '../delivery/send-limit.ts'
import { createTlsPlans } from '../delivery/tls-plans.ts'
import { findTlsPolicy, underPolicies } from '../delivery/tls-policies.ts'
import { createAddressGuard } from '../net/address-guard.ts'
import { createHttpClient } from '../net/http-client.ts'
import { createPlainHosts } from '../net/plain-hosts.ts'
import { createSecureDns } from '../net/secure-dns.ts'
import type { SocksProxy } from '../net/socks.ts'
import { createTlsSessions } from '../net/tls-sessions.ts'
import type { Addresses } from './addresses.ts'
import type { Core } from './core.ts'
import { composeDns } from './dns.ts'
import { composeIncoming, type EndpointParts } from './incoming.ts'
import { openKeys } from './keys.ts'
import { composeScanning } from './scanning.ts'

const DAY_MS = 86_400_000
/** For sites of no known provider: a rest that keeps no server waiting. */
const SITE_LIMITS = { messagesPerSessionMax: 100, idleMs: 5_000, probeEveryMs: 60_000, rates: [] }

export function composeCourier(core: Core, { book, reports }: Addresses): SmtpCourier {
  const { config, clock, random } = core
  const { delivery, dns } = config
  const resolver = composeDns(config, clock)
  const mayConnect = createAddressGuard({ allow: delivery.allowPrivateTargets })
  const { validatingResolver, timeoutMs } = dns
  const secureDns = validatingResolver && createSecureDns({ ...validatingResolver, timeoutMs, random })
  const http = createHttpClient({ dns: resolver, mayConnect })
  const plans = createTlsPlans({ ...core, dns: resolver, http, secureDns, port: delivery.smtpPort })
  return createSmtpCourier({
    dialer: {
      dns: resolver,
      mayConnect,
      plainHosts: createPlainHosts({ clock }),
      tlsSessions: createTlsSessions({ clock }),
      ...(delivery.socksProxy ? { socksProxy: toProxy(delivery.socksProxy) } : {}),
      heloName: dns.heloHostname,
      openTimeoutMs: delivery.openTimeoutMs,
      readTimeoutMs: delivery.readTimeoutMs,
    },
    limits: { ...SITE_LIMITS, connectionsMax: delivery.siteConnectionsMax },
    book,
    reports,
    ownHosts: createOwnHosts({ db: core.db, dns: resolver, names: { ...dns, hostnames: config.smtp.hostnames } }),
    tlsPlans: underPolicies(plans, findTlsPolicy(delivery.tlsPolicies)),
    port: delivery.smtpPort,
    keepTranscripts: delivery.transcripts,
    clock,
    random,
  })
}

export type DeliveryParts = Pick<Addresses, 'sources'> & EndpointParts & { readonly courier: SmtpCourier }

export async function composeDelivery(core: Core, { courier, sources, ...endpoints }: DeliveryParts): Promise<Delivery> {
  const { config, lease, log, mailLog, metrics } = core
  const rendering = createRendering({
    directory: core.directory,
    vault: core.vault,
    sign: createTokenSigner((await openKeys(core)).tracking),
    returnPathDomain: config.dns.returnPathDomain,
    customReturnPathPrefix: config.dns.customReturnPathPrefix,
    resentSender: config.delivery.useResentSenderHeader,
  })
  const relaysFor = createRelays({ ...core, installation: config.delivery.smtpRelays.map(toRelay) })
  const { attemptsMax } = config.delivery
  const { holdDays, suppressionDays } = config.retention
  const rules = { attemptsMax, holdMaxMs: holdDays * DAY_MS, suppressionMs: suppressionDays * DAY_MS }
  const scanning = composeScanning(core)
  return createDelivery({
    ...core,
    holder: lease,
    rules,
    incoming: composeIncoming(core, { ...endpoints, courier, rules, relaysFor, scanning }),
    rendering,
    courier,
    inspection: createOutgoingInspection({ ...core, scanning }),
    sendLimit: createSendLimit({ ...core, overLimit: config.delivery.overSendLimit }),
    routing: createRouting({ relaysFor, sources }),
    log: mailLog,
    onFault: (fault, { messageId, mailServerId }) => {
      metrics.worker.errors.inc({ error: fault instanceof Error ? fault.name : 'Error' })
      log.error({ event: 'delivery.error', messageId, mailServerId, error: fault }, 'Fault while delivering')
    },
  })
}

const toProxy = ({ host, port, login }: SocksServer): SocksProxy => ({
  ...{ host, port },
  login: login && { user: login.user, password: login.password.reveal() },
})

function toRelay({ host, port, tlsMode, login }: SmtpRelay): Relay {
  const auth = login && { user: login.user, password: login.password.reveal() }
  return { host, port, tls: TLS_OF[tlsMode], ...(auth ? { auth } : {}) }
}
