/** All lanes of a process: keeps their settings fresh, shares the room out among them, and publishes how their receivers do. */

import { RETRY_FOR_MS } from '../domain/webhook-retry.ts'
import type { Database } from '../store/database.ts'
import { buryWebhookRequests, dropWebhookRequests, expireWebhookRequests } from '../store/webhook-ends.ts'
import type { Wanted, WebhookRequest } from '../store/webhook-requests.ts'
import { type HealthChange, readWebhookTargets, type WebhookTarget, writeWebhookHealth } from '../store/webhook-targets.ts'
import { createLane, type Lane } from './lane.ts'

export type LanesOptions = {
  readonly db: Database
  readonly clock: () => Date
  /** Requests in hand of all lanes together; a dead worker's lease gives them back. */
  readonly inHandMax: number
  /** Requests under way of all lanes whose receivers may not work: they cannot take all the sockets. */
  readonly doubtfulMax: number
  /** Hands claimed requests back. */
  readonly release: (requests: readonly WebhookRequest[]) => void
}

export type Lanes = {
  /** Opens lanes for these webhooks, reads again what is old, and ends requests whose webhook is gone or switched off. */
  readonly refresh: (ids: readonly number[]) => Promise<void>
  readonly lane: (webhookId: number) => Lane | undefined
  readonly all: () => Iterable<Lane>
  /** How much to claim for which webhook. Those that came first last time come last. */
  readonly wanted: (ids: readonly number[]) => Wanted[]
  /** Writes health that has changed, and at times when a webhook was last used. */
  readonly publish: (every: 'change' | 'all') => Promise<void>
  /** Remembers that a webhook has just taken a request. */
  readonly used: (webhookId: number, at: Date) => void
  readonly drain: () => WebhookRequest[]
}

/** How old settings may be: a webhook that is switched off gets nothing more after this. */
const FRESH_MS = 1_000
const USED_EVERY_MS = 5_000
const EXPIRE_EVERY_MS = 60_000
/** A lane that nobody needs is forgotten, with all that was learned. */
const FORGET_AFTER_MS = 10 * 60_000

type Kept = { readonly lane: Lane; readAt: number; usedAt: Date | null; usedWrittenAt: number; expiredAt: number; neededAt: number }

export function createLanes({ db, clock, inHandMax, doubtfulMax, release }: LanesOptions): Lanes {
  const kept = new Map<number, Kept>()
  let turn = 0

  const open = (target: WebhookTarget, now: number): Kept => {
    const opened = { lane: createLane(target), readAt: now, usedAt: target.lastUsedAt, usedWrittenAt: now, expiredAt: now, neededAt: now }
    kept.set(target.id, opened)
    return opened
  }
  const refresh = async (ids: readonly number[]): Promise<void> => {
    const now = clock().getTime()
    const busy = [...kept].flatMap(([id, { lane }]) => (lane.count() > 0 ? [id] : []))
    const old = [...new Set([...ids, ...busy])].filter((id) => now - (kept.get(id)?.readAt ?? 0) > FRESH_MS)
    const targets = await readWebhookTargets(db, old)
    for (const id of old) {
      const target = targets.get(id)
      const known = kept.get(id)
      if (!target?.enabled) {
        release(known?.lane.drain() ?? [])
        kept.delete(id)
        await (target ? buryWebhookRequests(db, id) : dropWebhookRequests(db, id))
      } else if (known) {
        known.lane.update(target)
        Object.assign(known, { readAt: now, neededAt: now })
        await expire(known, now)
      } else open(target, now)
    }
    for (const [id, { lane, neededAt }] of kept) if (now - neededAt > FORGET_AFTER_MS && lane.count() === 0) kept.delete(id)
  }
  /** Only what waits behind an open circuit can grow so old untried. */
  const expire = async (known: Kept, now: number): Promise<void> => {
    if (known.lane.circuit(new Date(now)) === 'closed' || now - known.expiredAt < EXPIRE_EVERY_MS) return
    known.expiredAt = now
    await expireWebhookRequests(db, known.lane.target().id, new Date(now), RETRY_FOR_MS)
  }

  return {
    refresh,
    lane: (id) => kept.get(id)?.lane,
    all: () => [...kept.values()].map(({ lane }) => lane),
    wanted: (ids) => {
      const now = clock()
      const requests = [...kept.values()].map(({ lane }) => ({ doubtful: lane.doubtful(), count: lane.count() }))
      let left = inHandMax - sum(requests.map(({ count }) => count))
      let leftDoubtful = doubtfulMax - sum(requests.filter(({ doubtful }) => doubtful).map(({ count }) => count))
      turn += 1
      return rotated(ids, turn).flatMap((webhookId): Wanted[] => {
        const lane = kept.get(webhookId)?.lane
        if (!lane) return []
        const limit = Math.min(lane.room(now), left, lane.doubtful() ? leftDoubtful : left)
        if (limit <= 0) return []
        left -= limit
        if (lane.doubtful()) leftDoubtful -= limit
        return [{ webhookId, limit }]
      })
    },
    publish: async (every) => {
      const now = clock().getTime()
      const due = [...kept.values()].filter(
        (one) => hasChanged(one) || (isUsed(one) && (every === 'all' || now - one.usedWrittenAt > USED_EVERY_MS)),
      )
      const changes = due.map((one): HealthChange => ({ id: one.lane.target().id, ...one.lane.health(), lastUsedAt: one.usedAt }))
      await writeWebhookHealth(db, changes)
      due.forEach((one, n) => {
        const change = changes[n]
        if (!change) return
        const { failuresInARow, openUntil, lastUsedAt } = change
        one.lane.published({ failuresInARow, openUntil })
        Object.assign(one, { usedWrittenAt: now })
        one.lane.update({ ...one.lane.target(), lastUsedAt })
      })
    },
    used: (id, at) => {
      const one = kept.get(id)
      if (one) one.usedAt = at
    },
    drain: () => [...kept.values()].flatMap(({ lane }) => lane.drain()),
  }
}

const hasChanged = ({ lane }: Kept): boolean => {
  const [is, was] = [lane.health(), lane.target()]
  return is.failuresInARow !== was.failuresInARow || is.openUntil?.getTime() !== was.openUntil?.getTime()
}
const isUsed = ({ lane, usedAt }: Kept): boolean => usedAt?.getTime() !== lane.target().lastUsedAt?.getTime()

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

function rotated<T>(items: readonly T[], by: number): T[] {
  const from = items.length === 0 ? 0 : by % items.length
  return [...items.slice(from), ...items.slice(0, from)]
}
