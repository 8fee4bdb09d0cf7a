/** Collects what must never be printed, apart from the configuration that may be. */
import type { TrackingKey } from './kinds.ts'
import type { Reader } from './reader.ts'
import type { Secret } from './secret.ts'

export type Secrets = {
  readonly masterKey: Secret<Uint8Array>
  readonly databasePassword: Secret<string> | null
  readonly oidcSecret: Secret<string> | null
  readonly systemMailPassword: Secret<string> | null
  readonly rspamdPassword: Secret<string> | null
  /** Newest first; empty: derive one from the master key. */
  readonly trackingKeys: readonly TrackingKey[]
  readonly edgeIngestSecret: Secret<Uint8Array> | null
  readonly cloudflareApiToken: Secret<string> | null
}

export function toSecrets({ get }: Reader, masterKey: Secret<Uint8Array>): Secrets {
  return {
    masterKey,
    databasePassword: get('main_db.password'),
    oidcSecret: get('oidc.secret'),
    systemMailPassword: get('smtp.password'),
    rspamdPassword: get('rspamd.password'),
    trackingKeys: get('posthaste.tracking_keys'),
    edgeIngestSecret: get('posthaste.edge_ingest_secret'),
    cloudflareApiToken: get('posthaste.cloudflare_api_token'),
  }
}
