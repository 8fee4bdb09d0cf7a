/** Requests in hand for one webhook, a line for each message: the first of a line is under way or next, the others follow it. */
import type { WebhookRequest } from '../store/webhook-requests.ts'

type Line = { readonly requests: WebhookRequest[]; underWay: boolean; broken: boolean }

export type Lines = {
  readonly add: (requests: readonly WebhookRequest[]) => void
  /** The first request of the line that has waited longest; it counts as under way from here on. */
  readonly start: () => WebhookRequest | undefined
  /** The receiver has it: it is under way no more, but its line waits until that is on disk. */
  readonly answered: (request: WebhookRequest) => void
  /** The request is settled on disk: the next of its line may follow. */
  readonly settle: (request: WebhookRequest) => void
  /** Ends a line because its first request must be tried again later. @returns what waited behind it. */
  readonly breakLine: (request: WebhookRequest) => WebhookRequest[]
  /** Gives up all that was not started. */
  readonly drain: () => WebhookRequest[]
  /** Whether there is a line of that message which another request may join. */
  readonly holds: (messageId: number) => boolean
  readonly requests: () => WebhookRequest[]
  readonly count: () => Count
}

export type Count = {
  readonly requests: number
  readonly lines: number
  /** Lines whose first request may start. */
  readonly waiting: number
  readonly underWay: number
  readonly broken: number
}

/** Requests that are of no message are a line each. */
const keyOf = ({ id, messageId }: WebhookRequest): string => (messageId === null ? `request ${id}` : `${messageId}`)

export function createLines(): Lines {
  const lines = new Map<string, Line>()
  /** Those that were not started, the one that has waited longest first. */
  const waiting = new Map<string, Line>()
  let [requests, underWay, broken] = [0, 0, 0]

  const open = (key: string, line: Line): void => {
    lines.set(key, line)
    waiting.set(key, line)
  }
  const start = (): WebhookRequest | undefined => {
    for (const [key, line] of waiting) {
      waiting.delete(key)
      line.underWay = true
      underWay += 1
      return line.requests[0]
    }
    return undefined
  }
  const arrive = (line: Line | undefined): void => {
    if (!line?.underWay) return
    line.underWay = false
    underWay -= 1
  }
  /** What is left goes to the end: other messages take their turn. */
  const settle = (request: WebhookRequest): void => {
    const key = keyOf(request)
    const line = lines.get(key)
    if (!line) return
    arrive(line)
    requests -= 1
    lines.delete(key)
    line.requests.shift()
    if (line.requests.length > 0) open(key, { ...line })
  }
  const breakLine = (request: WebhookRequest): WebhookRequest[] => {
    const line = lines.get(keyOf(request))
    if (!line) return []
    broken += 1
    line.broken = true
    return removed(line.requests.splice(1))
  }
  const drain = (): WebhookRequest[] => {
    const drained = [...lines].flatMap(([key, line]) => line.requests.splice(waiting.has(key) ? 0 : 1))
    for (const key of waiting.keys()) lines.delete(key)
    waiting.clear()
    return removed(drained)
  }
  const removed = (gone: WebhookRequest[]): WebhookRequest[] => {
    requests -= gone.length
    return gone
  }
  return {
    ...{ start, settle, breakLine, drain },
    answered: (request) => arrive(lines.get(keyOf(request))),
    add: (added) => {
      requests += added.length
      for (const request of added) {
        const line = lines.get(keyOf(request))
        if (line) line.requests.push(request)
        else open(keyOf(request), { requests: [request], underWay: false, broken: false })
      }
    },
    holds: (messageId) => lines.get(`${messageId}`)?.broken === false,
    requests: () => [...lines.values()].flatMap((line) => line.requests),
    count: () => ({ requests, lines: lines.size, waiting: waiting.size, underWay, broken }),
  }
}
