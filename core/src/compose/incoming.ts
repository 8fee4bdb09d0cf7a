/** The delivery of incoming mail, put together from the configuration. */
import type { KeyObject } from 'node:crypto'
import { createAddressCourier } from '../delivery/couriers/address.ts'
import { createHttpCourier } from '../delivery/couriers/http.ts'
import type { Lines } from '../delivery/couriers/lines.ts'
import { shareFailures } from '../delivery/couriers/shared-failures.ts'
import type { SmtpCourier } from '../delivery/couriers/smtp.ts'
import { createSmtpEndpointCourier } from '../delivery/couriers/smtp-endpoint.ts'
import { createEndpointCouriers } from '../delivery/endpoint-couriers.ts'
import { createIncoming, type Incoming } from '../delivery/incoming.ts'
import { createInspectionBook } from '../delivery/inspection-book.ts'
import type { DeliveryRules } from '../delivery/job.ts'
import type { RelaysFor } from '../delivery/relays.ts'
import type { Scanning } from '../delivery/scanning.ts'
import { createSealingKeys } from '../delivery/sealing-keys.ts'
import { sealContext } from '../domain/seals.ts'
import { createIntake, type Intake } from '../intake/accept.ts'
import { currentSigningKey, readSigningKeys } from '../manage/keys.ts'
import { signingKeysOf } from '../manage/signing-secrets.ts'
import { createAddressGuard } from '../net/address-guard.ts'
import { createAuthResolver } from '../net/auth-resolver.ts'
import { type BodySigningKey, signBody, signingKeyId } from '../net/body-signatures.ts'
import { createHttpClient } from '../net/http-client.ts'
import { cached } from '../store/cache.ts'
import type { EndpointUse } from '../store/endpoint-use.ts'
import type { HttpEndpointRow } from '../store/endpoints.ts'
import { createIncomingDirectory } from '../store/incoming-directory.ts'
import type { Core } from './core.ts'
import { composeDns, resolverServers } from './dns.ts'
import { ownVersion } from './version.ts'

const KEY_KEPT_MS = 30_000
/** Connections to one origin. Mail comes in waves: those that one has opened are there for the next. */
export const ENDPOINT_CONNECTIONS_MAX = 16
/** So many share the commit that says that they may have left, and are signed, while others are on those connections. */
export const ENDPOINT_READY_MAX = 64

export type IncomingParts = EndpointParts & {
  readonly courier: SmtpCourier
  readonly rules: DeliveryRules
  readonly relaysFor: RelaysFor
  readonly scanning: Scanning
}

/** What the worker opens for endpoints, and closes. */
export type EndpointParts = { readonly endpointUse: EndpointUse; readonly endpointLines: Lines }

export function composeIncoming(core: Core, { courier, relaysFor, endpointLines, ...parts }: IncomingParts): Incoming {
  const { db, config, lease, mailLog, directory, vault, clock } = core
  const { returnPathDomain, customReturnPathPrefix, timeoutMs } = config.dns
  const intake = createIntake({ ...core, node: lease.node })
  return createIncoming({
    ...core,
    ...parts,
    node: lease.node,
    incomingDirectory: createIncomingDirectory(db, clock),
    inspections: createInspectionBook(db),
    log: mailLog,
    hostname: config.smtp.hostname,
    returnPathDomain,
    resolve: createAuthResolver({ servers: resolverServers(config), timeoutMs, clock }),
    accept: (bounce) => acceptBounce(intake, bounce),
    couriers: createEndpointCouriers({
      http: shareFailures(composeHttp(core, endpointLines), { clock }),
      smtp: createSmtpEndpointCourier({ courier, vault }),
      address: createAddressCourier(courier, relaysFor),
      sealingKey: createSealingKeys({ directory, vault, returnPathDomain }),
      ...{ returnPathDomain, customReturnPathPrefix, clock, resentSender: config.delivery.useResentSenderHeader },
    }),
  })
}

function composeHttp(core: Core, lines: Lines) {
  const { config, clock } = core
  const signingKey = cached<'current', BodySigningKey>({ load: () => readKey(core), ttlMs: KEY_KEPT_MS, entriesMax: 1, clock })
  return createHttpCourier({
    http: createHttpClient({
      dns: composeDns(config, clock),
      mayConnect: createAddressGuard({ allow: config.delivery.allowPrivateTargets }),
      socketsPerOriginMax: ENDPOINT_CONNECTIONS_MAX,
      idleSocketsPerOriginMax: ENDPOINT_CONNECTIONS_MAX,
    }),
    lines,
    secretsOf: createEndpointSecrets(core),
    sign: async (body) => signBody(await signingKey('current'), body),
    userAgent: config.webhooks.userAgent ?? `Postal/${ownVersion()}`,
    clock,
  })
}

/** Unsealed once for as long as the endpoint that was read is kept. */
function createEndpointSecrets({ vault }: Pick<Core, 'vault'>) {
  const known = new WeakMap<HttpEndpointRow, KeyObject[]>()
  return (endpoint: HttpEndpointRow): readonly KeyObject[] => {
    const keys = known.get(endpoint) ?? signingKeysOf(vault, endpoint, sealContext.httpEndpointSecret(endpoint.id))
    known.set(endpoint, keys)
    return keys
  }
}

async function readKey(core: Core): Promise<BodySigningKey> {
  const { privateKey } = currentSigningKey(await readSigningKeys(core))
  return { kid: signingKeyId(privateKey), privateKey }
}

/** A bounce enters at the front, once for each message that failed. */
export async function acceptBounce(
  intake: Intake,
  bounce: Parameters<Parameters<typeof createIncoming>[0]['accept']>[0],
): Promise<number | null> {
  const { mailServerId, raw, rcptTo, mailFrom, domainId, bounceForId } = bounce
  const key = String(bounceForId)
  const receipt = await intake.accept({
    ...{ mailServerId, raw, receivedWithTls: true, credentialId: null },
    recipients: [{ scope: 'outgoing', rcptTo, mailFrom, domainId, bounce: true, bounceForId }],
    idempotency: { owner: 'bounce', key, request: key },
  })
  return receipt.messages[0]?.id ?? null
}
