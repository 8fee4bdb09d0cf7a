/** The lane of one webhook: what is in hand for it, how much of that may be under way, and how its receiver is doing. */
import { afterFailure, type Circuit, circuitOf, HEALTHY, type Health } from '../domain/circuit.ts'
import type { WebhookRequest } from '../store/webhook-requests.ts'
import type { WebhookTarget } from '../store/webhook-targets.ts'

/** Requests of one message; the first is under way or next, the others follow when it is settled. */
type Line = { readonly requests: WebhookRequest[]; started: boolean; broken: boolean }

/** A receiver that nobody knows yet gets little at a time, and one that works ever more. */
const WINDOW_UNKNOWN = 2
const WINDOW_KNOWN = 8
const WINDOW_MAX = 32
/** Lines in hand for each that may be under way, so that a fast receiver never waits for the next claim. */
const LINES_PER_WINDOW = 4

export type Lane = {
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
  readonly holds: (messageId: number) => boolean
  readonly requests: () => WebhookRequest[]
  /** How many those are. */
  readonly count: () => number
  readonly add: (requests: readonly WebhookRequest[]) => void
  /** The next one to send now; it counts as under way from here on. */
  readonly start: (now: Date) => WebhookRequest | undefined
  readonly succeeded: () => void
  readonly failed: (chance: { now: Date; random: number; retryAfterMs?: number | undefined }) => void
  /** Ends a line because its first request must be tried again later. @returns what waited behind it. */
  readonly breakLine: (request: WebhookRequest) => WebhookRequest[]
  /** How often lines were broken so far. */
  readonly broken: () => number
  /** The request is settled on disk: the next of its line may follow. */
  readonly settle: (request: WebhookRequest) => void
  /** Gives up all that is not under way. */
  readonly drain: () => WebhookRequest[]
}

/** Requests that are of no message are a line each. */
const lineOf = (request: WebhookRequest): string => (request.messageId === null ? `request ${request.id}` : `${request.messageId}`)

export function createLane(first: WebhookTarget): Lane {
  let target = first
  let health: Health = healthOf(first)
  let known = first.lastUsedAt !== null
  let window = known && first.failuresInARow === 0 ? WINDOW_KNOWN : WINDOW_UNKNOWN
  let underWay = 0
  let broken = 0
  let inHand = 0
  const lines = new Map<string, Line>()
  const circuit = (now: Date) => circuitOf(health, now)
  const waiting = () => lines.size - underWay

  const mayStart = (now: Date): boolean => {
    const state = circuit(now)
    return state === 'closed' ? underWay < window : state === 'probing' && underWay === 0
  }
  return {
    target: () => target,
    health: () => health,
    circuit,
    doubtful: () => !known || health.failuresInARow > 0,
    update: (next) => {
      if (!sameHealth(healthOf(next), healthOf(target))) health = healthOf(next)
      target = next
    },
    published: (written) => {
      target = { ...target, ...written }
    },
    room: (now) => {
      if (circuit(now) !== 'closed') return mayStart(now) && lines.size === 0 ? 1 : 0
      return waiting() > window ? 0 : window * LINES_PER_WINDOW - lines.size
    },
    holds: (messageId) => lines.get(`${messageId}`)?.broken === false,
    requests: () => [...lines.values()].flatMap((line) => line.requests),
    count: () => inHand,
    add: (requests) => {
      inHand += requests.length
      for (const request of requests) {
        const line = lines.get(lineOf(request))
        if (line) line.requests.push(request)
        else lines.set(lineOf(request), { requests: [request], started: false, broken: false })
      }
    },
    start: (now) => {
      if (!mayStart(now)) return undefined
      for (const line of lines.values()) {
        if (line.started) continue
        line.started = true
        underWay += 1
        return line.requests[0]
      }
      return undefined
    },
    succeeded: () => {
      known = true
      window = Math.min(window + 1, WINDOW_MAX)
      health = HEALTHY
    },
    failed: (chance) => {
      window = Math.max(1, Math.floor(window / 2))
      health = afterFailure(health, chance)
    },
    breakLine: (request) => {
      const line = lines.get(lineOf(request))
      if (!line) return []
      broken += 1
      line.broken = true
      inHand -= line.requests.length - 1
      return line.requests.splice(1)
    },
    broken: () => broken,
    settle: (request) => {
      underWay -= 1
      inHand -= 1
      const key = lineOf(request)
      const line = lines.get(key)
      lines.delete(key)
      line?.requests.shift()
      if (line && line.requests.length > 0) lines.set(key, { ...line, started: false }) // to the end: other messages take their turn
    },
    drain: () => {
      const drained: WebhookRequest[] = []
      for (const [key, line] of lines) {
        drained.push(...line.requests.splice(line.started ? 1 : 0))
        if (!line.started) lines.delete(key)
      }
      inHand -= drained.length
      return drained
    },
  }
}

const healthOf = ({ failuresInARow, openUntil }: Health): Health => ({ failuresInARow, openUntil })
const sameHealth = (a: Health, b: Health): boolean =>
  a.failuresInARow === b.failuresInARow && a.openUntil?.getTime() === b.openUntil?.getTime()
