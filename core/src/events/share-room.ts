/** Shares the room of a process out among its lanes, so that receivers which do not work cannot take all of it. */
import type { Wanted } from '../store/webhook-requests.ts'
import type { Lanes } from './lanes.ts'

export type Room = {
  /** Requests in hand of all lanes together; a dead worker's lease gives them back. */
  readonly inHandMax: number
  /** Of those, how many may be of lanes whose receivers may not work. */
  readonly doubtfulMax: number
}

/** How much to claim for which webhook, of those that have something due. `turn` counts up: another one comes first each time. */
export function shareRoom(
  lanes: Lanes,
  due: readonly number[],
  { inHandMax, doubtfulMax, now, turn }: Room & { now: Date; turn: number },
): Wanted[] {
  const all = [...lanes.values()].map(({ lane }) => ({ doubtful: lane.doubtful(), count: lane.lines.count().requests }))
  let left = inHandMax - sum(all)
  let leftDoubtful = doubtfulMax - sum(all.filter(({ doubtful }) => doubtful))
  return rotated(due, turn).flatMap((webhookId): Wanted[] => {
    const lane = lanes.get(webhookId)?.lane
    if (!lane) return []
    const limit = Math.min(lane.room(now), left, lane.doubtful() ? leftDoubtful : left)
    if (limit <= 0) return []
    left -= limit
    if (lane.doubtful()) leftDoubtful -= limit
    return [{ webhookId, limit }]
  })
}

const sum = (lanes: readonly { readonly count: number }[]): number => lanes.reduce((total, { count }) => total + count, 0)

function rotated<T>(items: readonly T[], by: number): T[] {
  const from = items.length === 0 ? 0 : by % items.length
  return [...items.slice(from), ...items.slice(0, from)]
}
