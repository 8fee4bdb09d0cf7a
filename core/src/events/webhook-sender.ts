/** Delivers webhook requests: claims what is due, lane by lane, posts it, and records what came of it. */
import { setTimeout as wait } from 'node:timers/promises'
import type { NewId } from '../domain/ids.ts'
import { holdsBack, nextTry } from '../domain/webhook-retry.ts'
import type { Database } from '../store/database.ts'
import {
  claimedWebhookRequests,
  claimWebhookRequests,
  dueWebhooks,
  recoverWebhookRequests,
  releaseWebhookRequests,
  type Wanted,
  type WebhookRequest,
} from '../store/webhook-requests.ts'
import type { WebhookAttempt } from '../store/webhook-results.ts'
import type { WebhookTarget } from '../store/webhook-targets.ts'
import { createAlarm } from './alarm.ts'
import type { Lane } from './lane.ts'
import { createLanes } from './lanes.ts'
import { type Posted, type Posting, postWebhook } from './webhook-post.ts'
import { createResults } from './webhook-results.ts'

export type WebhookSenderOptions = Posting & {
  readonly db: Database
  readonly lease: number
  readonly newId: NewId
  readonly random: () => number
  /** The secrets that sign for a webhook now. */
  readonly secretsOf: (target: WebhookTarget) => readonly string[]
  /** Wait between looks when nothing is due. */
  readonly idleMs: number
  readonly inHandMax: number
  readonly doubtfulMax: number
  readonly log: WebhookLog
  readonly onFault: (fault: unknown) => void
}

export type WebhookLog = {
  readonly attempted: (request: WebhookRequest, posted: Posted, retryAt: Date | null) => void
  /** The owner should know. */
  readonly opened: (target: WebhookTarget, failuresInARow: number, openUntil: Date) => void
  readonly closed: (target: WebhookTarget) => void
  readonly recovered: (count: number) => void
}

export type WebhookSender = {
  /** There may be something to send. */
  readonly wake: () => void
  /** Runs until the signal; then starts nothing more and resolves when all that is under way is settled. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** Lanes claimed for in one transaction. */
const LANES_PER_CLAIM = 50
const RECOVERY_EVERY_MS = 5_000

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { db, lease, clock, onFault } = options
  const alarm = createAlarm()
  const release = (requests: readonly WebhookRequest[]): void => {
    const ids = requests.map((request) => request.id)
    void releaseWebhookRequests(db, lease, ids).catch(onFault) // those that stay are found by `recover`
  }
  const lanes = createLanes({ ...options, release })
  const ending = new AbortController()
  const results = createResults({ db, lease, wait: (ms) => wait(ms), stopping: ending.signal })
  const underWay = new Set<Promise<void>>()
  /** Webhooks for which there was more than could be claimed. */
  const hungry = new Set<number>()
  let stopped = false

  /** Starts what the lane allows; each that ends starts the next. */
  const pump = (lane: Lane): void => {
    for (let request = next(lane); request; request = next(lane)) {
      const done = attempt(lane, request).catch(onFault)
      underWay.add(done)
      void done.finally(() => {
        underWay.delete(done)
        pump(lane)
        if (hungry.has(lane.target().id) && lane.room(clock()) > 0) alarm.ring()
      })
    }
  }
  const next = (lane: Lane): WebhookRequest | undefined => (stopped ? undefined : lane.start(clock()))

  const attempt = async (lane: Lane, request: WebhookRequest): Promise<void> => {
    try {
      const target = lane.target()
      const posted = await postWebhook(options, request, { url: target.url, secrets: options.secretsOf(target) })
      const retryAt = conclude(lane, request, posted)
      const behind = retryAt && holdsBack(request.attempts + 1) ? lane.breakLine(request) : []
      options.log.attempted(request, posted, retryAt)
      await results.record({
        attempt: attemptOf(options.newId(), request, target.url, posted, retryAt !== null),
        delivered: posted.delivered,
        retryAt,
        signatures: posted.signatures,
        behind: behind.map((one) => one.id),
      })
    } finally {
      lane.settle(request)
    }
  }

  /** What the result means for the receiver's health, and when the request is tried again. */
  const conclude = (lane: Lane, request: WebhookRequest, posted: Posted): Date | null => {
    const chance = { now: clock(), random: options.random() }
    const was = lane.health()
    if (posted.delivered) {
      lane.succeeded()
      lanes.used(request.webhookId, posted.at)
      if (was.openUntil) options.log.closed(lane.target())
      return null
    }
    lane.failed({ ...chance, retryAfterMs: posted.retryAfterMs })
    const is = lane.health()
    if (is.openUntil && is !== was) {
      options.log.opened(lane.target(), is.failuresInARow, is.openUntil)
      release(lane.drain())
    }
    return nextTry({ attempts: request.attempts + 1, retryUntil: request.retryUntil, retryAfterMs: posted.retryAfterMs }, chance)
  }

  const round = async (): Promise<void> => {
    const ids = await dueWebhooks(db, clock())
    await lanes.refresh(ids)
    const wanted = lanes.wanted(ids)
    for (let from = 0; from < wanted.length && !stopped; from += LANES_PER_CLAIM) await claim(wanted.slice(from, from + LANES_PER_CLAIM))
    for (const lane of lanes.all()) pump(lane)
    await lanes.publish('change')
  }

  const claim = async (wanted: readonly Wanted[]): Promise<void> => {
    const broken = new Map(wanted.map(({ webhookId }) => [webhookId, lanes.lane(webhookId)?.broken()]))
    const holds = (webhookId: number, messageId: number) => lanes.lane(webhookId)?.holds(messageId) ?? false
    const claimed = await claimWebhookRequests(db, { lease, now: clock(), wanted, holds })
    const byWebhook = Map.groupBy(claimed, (request) => request.webhookId)
    for (const { webhookId, limit } of wanted) {
      const requests = byWebhook.get(webhookId) ?? []
      if (requests.length === limit) hungry.add(webhookId)
      else hungry.delete(webhookId)
      const lane = lanes.lane(webhookId)
      // Since a line was broken meanwhile, what should have followed in it must wait as well.
      const unsure = lane?.broken() !== broken.get(webhookId)
      const [good, late] = unsure
        ? [requests.filter((one) => one.sequence <= 1), requests.filter((one) => one.sequence > 1)]
        : [requests, []]
      lane?.add(good)
      release(late)
      if (lane) pump(lane)
    }
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    const recovering = recover(options, () => [...lanes.all()].flatMap((lane) => lane.requests()), signal)
    while (!signal.aborted) {
      await round().catch(onFault)
      await alarm.sleep(options.idleMs, signal)
    }
    stopped = true
    ending.abort()
    release(lanes.drain())
    while (underWay.size > 0) await Promise.all(underWay)
    await results.idle()
    await lanes.publish('all').catch(onFault)
    await recovering
  }
  return { wake: alarm.ring, run }
}

function attemptOf(id: number, request: WebhookRequest, url: string, posted: Posted, willRetry: boolean): WebhookAttempt {
  return {
    id,
    mailServerId: request.mailServerId,
    webhookId: request.webhookId,
    requestId: request.id,
    attempt: request.attempts + 1,
    url: withoutPassword(url),
    statusCode: posted.statusCode,
    ms: posted.ms,
    responseBody: posted.responseBody,
    willRetry,
    createdAt: posted.at,
  }
}

const withoutPassword = (url: string): string => url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1')

/** Requests of dead workers return within a lease and this interval; so do those that we hold without knowing it. */
async function recover(
  { db, lease, log, onFault }: WebhookSenderOptions,
  inHand: () => readonly WebhookRequest[],
  signal: AbortSignal,
): Promise<void> {
  let strange = new Set<number>()
  const look = async (): Promise<void> => {
    const count = await recoverWebhookRequests(db)
    if (count > 0) log.recovered(count)
    const claimed = await claimedWebhookRequests(db, lease)
    const known = new Set(inHand().map((request) => request.id))
    const unknown = claimed.filter((id) => !known.has(id))
    const stray = unknown.filter((id) => strange.has(id)) // seen twice: not just on their way to or from a lane
    strange = new Set(unknown)
    await releaseWebhookRequests(db, lease, stray)
  }
  while (!signal.aborted) {
    await look().catch(onFault)
    await wait(RECOVERY_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}
