/** Requests in hand for one webhook, a line for each message: the first of a line is under way or next, the others follow it. */
import type { WebhookRequest } from '../store/webhook-requests.ts'

type Line = { readonly requests: WebhookRequest[]; started: boolean; broken: boolean }

export type Lines = {
  readonly add: (requests: readonly WebhookRequest[]) => void
  /** The first request of the line that has waited longest; it counts as under way from here on. */
  readonly start: () => WebhookRequest | undefined
  /** The request is settled on disk: the next of its line may follow. */
  readonly settle: (request: WebhookRequest) => void
  /** Ends a line because its first request must be tried again later. @returns what waited behind it. */
  readonly breakLine: (request: WebhookRequest) => WebhookRequest[]
  /** Gives up all that is not under way. */
  readonly drain: () => WebhookRequest[]
  /** Whether there is a line of that message which another request may join. */
  readonly holds: (messageId: number) => boolean
  readonly requests: () => WebhookRequest[]
  readonly count: () => { readonly requests: number; readonly lines: number; readonly underWay: number; readonly broken: number }
}

/** Requests that are of no message are a line each. */
const keyOf = ({ id, messageId }: WebhookRequest): string => (messageId === null ? `request ${id}` : `${messageId}`)

export function createLines(): Lines {
  const lines = new Map<string, Line>()
  let [requests, underWay, broken] = [0, 0, 0]

  const startFirst = (): WebhookRequest | undefined => {
    for (const line of lines.values()) {
      if (line.started) continue
      line.started = true
      underWay += 1
      return line.requests[0]
    }
    return undefined
  }
  /** What is left goes to the end: other messages take their turn. */
  const settle = (request: WebhookRequest): void => {
    const key = keyOf(request)
    const line = lines.get(key)
    if (!line) return
    underWay -= 1
    requests -= 1
    lines.delete(key)
    line.requests.shift()
    if (line.requests.length > 0) lines.set(key, { ...line, started: false })
  }
  const breakLine = (request: WebhookRequest): WebhookRequest[] => {
    const line = lines.get(keyOf(request))
    if (!line) return []
    broken += 1
    line.broken = true
    return removed(line.requests.splice(1))
  }
  const drain = (): WebhookRequest[] => {
    const drained = [...lines.values()].flatMap((line) => line.requests.splice(line.started ? 1 : 0))
    for (const [key, line] of lines) if (!line.started) lines.delete(key)
    return removed(drained)
  }
  const removed = (gone: WebhookRequest[]): WebhookRequest[] => {
    requests -= gone.length
    return gone
  }
  return {
    ...{ start: startFirst, settle, breakLine, drain },
    add: (added) => {
      requests += added.length
      for (const request of added) {
        const line = lines.get(keyOf(request))
        if (line) line.requests.push(request)
        else lines.set(keyOf(request), { requests: [request], started: false, broken: false })
      }
    },
    holds: (messageId) => lines.get(`${messageId}`)?.broken === false,
    requests: () => [...lines.values()].flatMap((line) => line.requests),
    count: () => ({ requests, lines: lines.size, underWay, broken }),
  }
}
