/** The keys that sign tracking links: those of the configuration, and one that every installation has from its master key. */
import type { TrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import type { Secrets } from '../config/secrets.ts'
import type { Vault } from '../domain/vault.ts'

/** The derived key; links that it signed go on working when keys are configured later. */
const DERIVED_KEY_ID = 0

export function trackingKeys({ secrets, vault }: { secrets: Pick<Secrets, 'trackingKeys'>; vault: Pick<Vault, 'derive'> }): TrackingKeys {
  const configured = secrets.trackingKeys.map(({ id, key }) => [id, key.reveal()] as const)
  const [newest] = configured
  return { current: newest?.[0] ?? DERIVED_KEY_ID, keys: new Map([[DERIVED_KEY_ID, vault.derive('tracking')], ...configured]) }
}
