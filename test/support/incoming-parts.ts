/** The incoming steps for an engine in a test: real couriers, resolver and scanners, a signing key of its own. */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { acceptBounce } from '@posthaste/core/compose/incoming.ts'
import { createAddressCourier } from '@posthaste/core/delivery/couriers/address.ts'
import { createHttpCourier } from '@posthaste/core/delivery/couriers/http.ts'
import { createLines } from '@posthaste/core/delivery/couriers/lines.ts'
import { shareFailures } from '@posthaste/core/delivery/couriers/shared-failures.ts'
import type { SmtpCourier } from '@posthaste/core/delivery/couriers/smtp.ts'
import { createSmtpEndpointCourier } from '@posthaste/core/delivery/couriers/smtp-endpoint.ts'
import { createEndpointCouriers, type SealingKey } from '@posthaste/core/delivery/endpoint-couriers.ts'
import { createIncoming, type Incoming } from '@posthaste/core/delivery/incoming.ts'
import { createInspectionBook } from '@posthaste/core/delivery/inspection-book.ts'
import type { Scanning } from '@posthaste/core/delivery/scanning.ts'
import type { NewId } from '@posthaste/core/domain/ids.ts'
import { sealContext } from '@posthaste/core/domain/seals.ts'
import type { Vault } from '@posthaste/core/domain/vault.ts'
import type { Intake } from '@posthaste/core/intake/accept.ts'
import { signingKeysOf } from '@posthaste/core/manage/signing-secrets.ts'
import { createAuthResolver } from '@posthaste/core/net/auth-resolver.ts'
import { signBody, signingKeyId } from '@posthaste/core/net/body-signatures.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { createHttpClient } from '@posthaste/core/net/http-client.ts'
import type { Scanners } from '@posthaste/core/net/inspectors/inspect.ts'
import { createLogger } from '@posthaste/core/observe/logger.ts'
import { createMailLog } from '@posthaste/core/observe/mail-log.ts'
import type { Database } from '@posthaste/core/store/database.ts'
import { createEndpointUse } from '@posthaste/core/store/endpoint-use.ts'
import { createIncomingDirectory } from '@posthaste/core/store/incoming-directory.ts'

export type IncomingSetting = {
  readonly scanners?: Partial<Scanners>
  readonly outage?: 'accept' | 'defer'
  readonly sealingKey?: SealingKey
  readonly signingKey?: KeyObject
  /** None by default: tests listen on loopback. */
  readonly mayConnect?: (ip: string) => boolean
  /** Of HTTP endpoints that are away. */
  readonly probeEveryMs?: number
}

export type IncomingAround = {
  readonly db: Database
  readonly dns: string
  readonly node: number
  readonly newId: NewId
  readonly clock: () => Date
  readonly courier: SmtpCourier
  readonly intake: Intake
  readonly vault: Vault
  readonly attemptsMax: number
  readonly scanning: Scanning
}

const INCOMING_HOST = 'mx.mail.test'
const DAY_MS = 86_400_000

let made: KeyObject | undefined

/** A key that costs a second to make, once for each process. */
export function testSigningKey(): KeyObject {
  made ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  return made
}

export function incomingFor(setting: IncomingSetting, around: IncomingAround): Incoming {
  const { db, dns, clock, courier, intake, vault, attemptsMax } = around
  const { sealingKey, signingKey = testSigningKey(), mayConnect = () => true, probeEveryMs } = setting
  const key = { kid: signingKeyId(signingKey), privateKey: signingKey }
  return createIncoming({
    ...around,
    randomBytes,
    random: Math.random,
    incomingDirectory: createIncomingDirectory(db, clock, 0),
    endpointUse: createEndpointUse({ db, clock, onFault: () => undefined }),
    inspections: createInspectionBook(db),
    rules: { attemptsMax, holdMaxMs: 7 * DAY_MS, suppressionMs: 30 * DAY_MS },
    log: createMailLog(createLogger({ level: 'silent', role: 'worker', clock })),
    hostname: INCOMING_HOST,
    returnPathDomain: 'rp.test',
    resolve: createAuthResolver({ servers: [dns], timeoutMs: 1_000, clock }),
    accept: (bounce) => acceptBounce(intake, bounce),
    couriers: createEndpointCouriers({
      http: shareFailures(
        createHttpCourier({
          http: createHttpClient({ dns: createDns({ servers: [dns], timeoutMs: 1_000, clock }), mayConnect }),
          lines: createLines({ atOnce: 16, readyMax: 64, clock, random: Math.random }),
          sign: (body) => signBody(key, body),
          secretsOf: (endpoint) => signingKeysOf(vault, endpoint, sealContext.httpEndpointSecret(endpoint.id)),
          userAgent: 'Postal/3.3.6',
          clock,
        }),
        { clock, ...(probeEveryMs === undefined ? {} : { probeEveryMs }) },
      ),
      smtp: createSmtpEndpointCourier({ courier, vault }),
      address: createAddressCourier(courier, async () => []),
      sealingKey: () => Promise.resolve(sealingKey ?? null),
      ...{ db, returnPathDomain: 'rp.test', customReturnPathPrefix: 'psrp', resentSender: true, clock },
    }),
  })
}
