/** Turns what the sources say into the one typed configuration, or into the list of everything that is wrong with them. */
import {
  type DeliveryConfig,
  type DnsConfig,
  type NewMailServerConfig,
  type RetentionConfig,
  type TrackingConfig,
  toDelivery,
  toDns,
  toNewMailServer,
  toRetention,
  toTracking,
  toWebhooks,
  type WebhooksConfig,
} from './groups/mail.ts'
import { type HealthConfig, type StartedRole, toHealth, toWeb, type WebConfig } from './groups/roles.ts'
import {
  type DatabaseConfig,
  type LoggingConfig,
  type MigrationWaitConfig,
  type OidcConfig,
  type RspamdConfig,
  type SystemMailConfig,
  toClamav,
  toDatabase,
  toLogging,
  toMigrationWait,
  toOidc,
  toRspamd,
  toSpamd,
  toSystemMail,
  toWaitFor,
  type WaitForConfig,
} from './groups/services.ts'
import { type SmtpConfig, toSmtp } from './groups/smtp.ts'
import type { Server } from './kinds.ts'
import { createReader, type Reader, type Sources } from './reader.ts'

export type Config = {
  readonly dataDir: string
  readonly web: WebConfig
  readonly smtp: SmtpConfig
  readonly worker: { readonly threads: number }
  readonly health: HealthConfig
  /** null: a private MariaDB in the data directory. */
  readonly database: DatabaseConfig | null
  readonly migrationWait: MigrationWaitConfig | null
  readonly waitFor: WaitForConfig | null
  readonly dns: DnsConfig
  readonly delivery: DeliveryConfig
  readonly retention: RetentionConfig
  readonly webhooks: WebhooksConfig
  readonly newMailServer: NewMailServerConfig
  readonly tracking: TrackingConfig
  /** null: mails of the system are not sent. */
  readonly systemMail: SystemMailConfig | null
  readonly rspamd: RspamdConfig | null
  readonly spamd: Server | null
  readonly clamav: Server | null
  readonly oidc: OidcConfig | null
  readonly logging: LoggingConfig
  /** The installation's RSA key of an imported Postal. */
  readonly signingKeyPath: string | null
}

/** `reader` goes on to `toSecrets`, so that mistakes of both are reported together. */
export type Read = { readonly config: Config; readonly reader: Reader }

/** The config is only to be used when `reader.mistakes` stays empty. */
export function toConfig(sources: Sources, role: StartedRole): Read {
  const reader = createReader(sources)
  const config = {
    dataDir: reader.get('posthaste.data_dir'),
    web: toWeb(reader, role),
    smtp: toSmtp(reader, role),
    worker: { threads: reader.get('worker.threads') },
    health: toHealth(reader, role),
    database: toDatabase(reader),
    migrationWait: toMigrationWait(reader),
    waitFor: toWaitFor(reader),
    dns: toDns(reader),
    delivery: toDelivery(reader),
    retention: toRetention(reader),
    webhooks: toWebhooks(reader),
    newMailServer: toNewMailServer(reader),
    tracking: toTracking(reader),
    systemMail: toSystemMail(reader),
    rspamd: toRspamd(reader),
    spamd: toSpamd(reader),
    clamav: toClamav(reader),
    oidc: toOidc(reader),
    logging: toLogging(reader),
    signingKeyPath: toSigningKeyPath(reader),
  }
  return { config, reader }
}

function toSigningKeyPath({ get, given, spelled, exists, mistakes }: Reader): string | null {
  const path = get('postal.signing_key_path')
  if (exists(path)) return path
  if (given('postal.signing_key_path'))
    mistakes.push(`${spelled('postal.signing_key_path')} names ${path}, which is not there; correct or remove it.`)
  return null
}
