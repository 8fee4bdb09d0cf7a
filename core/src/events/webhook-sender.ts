/** Delivers webhook requests: claims what is due, lane by lane, and lets each lane send as much as its receiver takes. */
import { setTimeout as wait } from 'node:timers/promises'
import { claimWebhookRequests, dueWebhooks, releaseWebhookRequests, type Wanted, type WebhookRequest } from '../store/webhook-requests.ts'
import { createAlarm } from './alarm.ts'
import type { KeptLane, Lanes, LanesOptions } from './lanes.ts'
import { publishHealth } from './publish-health.ts'
import { recoverRequests } from './recover-requests.ts'
import { refreshLanes } from './refresh-lanes.ts'
import { type Room, shareRoom } from './share-room.ts'
import { type Attempting, attemptRequest } from './webhook-attempt.ts'
import { createResults } from './webhook-results.ts'

export type WebhookSenderOptions = Room &
  Omit<LanesOptions, 'release'> &
  Omit<Attempting, 'results' | 'release'> & {
    readonly lease: number
    /** Wait between looks when nothing is due. */
    readonly idleMs: number
  }

export type WebhookSender = {
  /** There may be something to send. */
  readonly wake: () => void
  /** Runs until the signal; then starts nothing more and resolves when all that is under way is settled. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** Lanes claimed for in one transaction. */
const LANES_PER_CLAIM = 50

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { db, lease, clock, onFault, idleMs } = options
  const alarm = createAlarm()
  const lanes: Lanes = new Map()
  const ending = new AbortController()
  const results = createResults({ db, lease, wait: (ms) => wait(ms), stopping: ending.signal })
  const release = (requests: readonly WebhookRequest[]): void => {
    const ids = requests.map((request) => request.id)
    void releaseWebhookRequests(db, lease, ids).catch(onFault) // those that stay are found by `recoverRequests`
  }
  const traffic = createTraffic({ ...options, results, release }, lanes, alarm.ring)
  const keeping = { ...options, release }
  let turn = 0

  const round = async (): Promise<void> => {
    const due = await dueWebhooks(db, clock())
    await refreshLanes(lanes, due, keeping)
    turn += 1
    const wanted = shareRoom(lanes, due, { ...options, now: clock(), turn })
    for (let from = 0; from < wanted.length; from += LANES_PER_CLAIM) await traffic.claim(wanted.slice(from, from + LANES_PER_CLAIM))
    for (const kept of lanes.values()) traffic.pump(kept)
    await publishHealth(lanes, { db, now: clock().getTime(), all: false })
  }
  const run = async (signal: AbortSignal): Promise<void> => {
    const inHand = () => [...lanes.values()].flatMap(({ lane }) => lane.lines.requests())
    const recovering = recoverRequests(options, inHand, signal)
    while (!signal.aborted) {
      await round().catch(onFault)
      await alarm.sleep(idleMs, signal)
    }
    ending.abort()
    await traffic.stop()
    await publishHealth(lanes, { db, now: clock().getTime(), all: true }).catch(onFault)
    await recovering
  }
  return { wake: alarm.ring, run }
}

type Traffic = {
  readonly claim: (wanted: readonly Wanted[]) => Promise<void>
  /** Starts what the lane allows; each that ends starts the next. */
  readonly pump: (kept: KeptLane) => void
  readonly stop: () => Promise<void>
}

type TrafficOptions = WebhookSenderOptions & Attempting

function createTraffic(options: TrafficOptions, lanes: Lanes, ring: () => void): Traffic {
  const { clock, onFault, release, results } = options
  const underWay = new Set<Promise<void>>()
  /** Webhooks for which there was more than could be claimed. */
  const hungry = new Set<number>()
  let stopped = false

  const pump = (kept: KeptLane): void => {
    const { lane } = kept
    const next = () => (stopped ? undefined : lane.start(clock()))
    for (let request = next(); request; request = next()) {
      const done = attemptRequest(options, kept, request, () => pump(kept)).catch(onFault)
      underWay.add(done)
      void done.finally(() => {
        underWay.delete(done)
        pump(kept)
        if (hungry.has(lane.target().id) && lane.room(clock()) > 0) ring()
      })
    }
  }
  const claim = async (wanted: readonly Wanted[]): Promise<void> => {
    const broken = new Map(wanted.map(({ webhookId }) => [webhookId, lanes.get(webhookId)?.lane.lines.count().broken]))
    const claimed = await claimFor(options, lanes, wanted)
    for (const { webhookId, limit } of wanted) {
      const requests = claimed.get(webhookId) ?? []
      if (requests.length === limit) hungry.add(webhookId)
      else hungry.delete(webhookId)
      const kept = lanes.get(webhookId)
      // When a line was broken meanwhile, what should have followed in it must wait as well.
      const sure = kept?.lane.lines.count().broken === broken.get(webhookId)
      release(requests.filter((request) => !sure && request.sequence > 1))
      kept?.lane.lines.add(requests.filter((request) => sure || request.sequence <= 1))
      if (kept) pump(kept)
    }
  }
  const stop = async (): Promise<void> => {
    stopped = true
    release([...lanes.values()].flatMap(({ lane }) => lane.lines.drain()))
    while (underWay.size > 0) await Promise.all(underWay)
    await results.idle()
  }
  return { claim, pump, stop }
}

async function claimFor({ db, lease, clock }: WebhookSenderOptions, lanes: Lanes, wanted: readonly Wanted[]) {
  const holds = (webhookId: number, messageId: number): boolean => lanes.get(webhookId)?.lane.lines.holds(messageId) ?? false
  const claimed = await claimWebhookRequests(db, { lease, now: clock(), wanted, holds })
  return Map.groupBy(claimed, (request) => request.webhookId)
}
