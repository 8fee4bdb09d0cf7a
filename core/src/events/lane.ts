/** The lane of one webhook: how much may be under way at a time, and how its receiver is doing. */
import { afterFailure, type Circuit, circuitOf, HEALTHY, type Health } from '../domain/circuit.ts'
import type { WebhookRequest } from '../store/webhook-requests.ts'
import type { WebhookTarget } from '../store/webhook-targets.ts'
import { createLines, type Lines } from './lines.ts'

/** A receiver that nobody knows yet gets little at a time, and one that works ever more. */
const WINDOW_UNKNOWN = 2
const WINDOW_KNOWN = 8
const WINDOW_MAX = 32
/** Lines in hand for each that may be under way, so that a fast receiver never waits for the next claim. */
const LINES_PER_WINDOW = 8

export type Lane = {
  readonly lines: Omit<Lines, 'start'>
  readonly target: () => WebhookTarget
  readonly health: () => Health
  readonly circuit: (now: Date) => Circuit
  /** Nobody knows whether the receiver works, or it did not last time. */
  readonly doubtful: () => boolean
  /** Takes settings as they are now, and the health when somebody else has changed it. */
  readonly update: (target: WebhookTarget) => void
  /** Our view of the health is on disk. */
  readonly published: (written: Health & Pick<WebhookTarget, 'lastUsedAt'>) => void
  /** How many lines more it can take in hand; 0 while it has enough. */
  readonly room: (now: Date) => number
  /** The next request to send now; it counts as under way from here on. */
  readonly start: (now: Date) => WebhookRequest | undefined
  readonly succeeded: () => void
  readonly failed: (chance: { now: Date; random: number; retryAfterMs?: number | undefined }) => void
}

export function createLane(first: WebhookTarget): Lane {
  const lines = createLines()
  let target = first
  let health: Health = first
  let known = first.lastUsedAt !== null
  let window = known && first.failuresInARow === 0 ? WINDOW_KNOWN : WINDOW_UNKNOWN

  const mayStart = (now: Date): boolean => {
    const circuit = circuitOf(health, now)
    const { underWay } = lines.count()
    return circuit === 'closed' ? underWay < window : circuit === 'probing' && underWay === 0
  }
  const room = (now: Date): number => {
    const { lines: inHand, waiting } = lines.count()
    if (circuitOf(health, now) !== 'closed') return mayStart(now) && inHand === 0 ? 1 : 0
    return waiting > window ? 0 : Math.max(0, window * LINES_PER_WINDOW - inHand)
  }
  return {
    ...{ lines, room },
    target: () => target,
    health: () => health,
    circuit: (now) => circuitOf(health, now),
    doubtful: () => !known || health.failuresInARow > 0,
    update: (next) => {
      if (!sameHealth(next, target)) health = next
      target = next
    },
    published: (written) => {
      target = { ...target, ...written }
    },
    start: (now) => (mayStart(now) ? lines.start() : undefined),
    succeeded: () => {
      known = true
      window = Math.min(window + 1, WINDOW_MAX)
      health = HEALTHY
    },
    failed: (chance) => {
      window = Math.max(1, Math.floor(window / 2))
      health = afterFailure(health, chance)
    },
  }
}

export const sameHealth = (a: Health, b: Health): boolean =>
  a.failuresInARow === b.failuresInARow && a.openUntil?.getTime() === b.openUntil?.getTime()
