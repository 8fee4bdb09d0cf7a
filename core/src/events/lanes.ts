/** All lanes of a process, with what is remembered about each beside the lane itself. */
import type { KeyObject } from 'node:crypto'
import type { Database } from '../store/database.ts'
import type { WebhookRequest } from '../store/webhook-requests.ts'
import type { WebhookTarget } from '../store/webhook-targets.ts'
import { createLane, type Lane } from './lane.ts'

export type KeptLane = {
  readonly lane: Lane
  /** They sign for this webhook now. */
  secrets: readonly KeyObject[]
  /** When its settings were read last, in milliseconds; so all below. */
  readAt: number
  /** When there was last something for it. */
  neededAt: number
  expiredAt: number
  usedWrittenAt: number
  usedAt: Date | null
}

export type Lanes = Map<number, KeptLane>

export type LanesOptions = {
  readonly db: Database
  readonly clock: () => Date
  /** The secrets that sign for a webhook now. */
  readonly secretsOf: (target: WebhookTarget) => readonly KeyObject[]
  /** Hands claimed requests back. */
  readonly release: (requests: readonly WebhookRequest[]) => void
  readonly onFault: (fault: unknown) => void
}

export function openLane(lanes: Lanes, target: WebhookTarget, { clock, ...options }: LanesOptions): void {
  const now = clock().getTime()
  const { lastUsedAt: usedAt } = target
  lanes.set(target.id, {
    lane: createLane(target),
    secrets: readSecrets(target, options),
    ...{ readAt: now, neededAt: now, expiredAt: now, usedWrittenAt: now, usedAt },
  })
}

/** Takes settings as they are now. */
export function updateLane(kept: KeptLane, target: WebhookTarget, { clock, ...options }: LanesOptions): void {
  if (!sameSecrets(target, kept.lane.target())) kept.secrets = readSecrets(target, options)
  kept.lane.update(target)
  kept.readAt = clock().getTime()
}

const sameSecrets = (a: WebhookTarget, b: WebhookTarget): boolean =>
  a.secretSealed.equals(b.secretSealed) &&
  (a.previousSecretSealed?.toString('hex') ?? '') === (b.previousSecretSealed?.toString('hex') ?? '')

/** Without its secrets a webhook still gets its requests, with Postal's signatures alone. */
function readSecrets(target: WebhookTarget, { secretsOf, onFault }: Pick<LanesOptions, 'secretsOf' | 'onFault'>): readonly KeyObject[] {
  try {
    return secretsOf(target)
  } catch (fault) {
    onFault(fault)
    return []
  }
}
