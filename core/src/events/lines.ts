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

export const createLines = (): Lines => new LinesInHand()

class LinesInHand implements Lines {
  readonly #lines = new Map<string, Line>()
  /** Those that were not started, the one that has waited longest first. */
  readonly #waiting = new Map<string, Line>()
  #requests = 0
  #underWay = 0
  #broken = 0

  add(added: readonly WebhookRequest[]): void {
    this.#requests += added.length
    for (const request of added) {
      const line = this.#lines.get(keyOf(request))
      if (line) line.requests.push(request)
      else this.#open(keyOf(request), { requests: [request], underWay: false, broken: false })
    }
  }

  start(): WebhookRequest | undefined {
    for (const [key, line] of this.#waiting) {
      this.#waiting.delete(key)
      line.underWay = true
      this.#underWay += 1
      return line.requests[0]
    }
    return undefined
  }

  answered(request: WebhookRequest): void {
    this.#arrive(this.#lines.get(keyOf(request)))
  }

  /** What is left goes to the end: other messages take their turn. */
  settle(request: WebhookRequest): void {
    const key = keyOf(request)
    const line = this.#lines.get(key)
    if (!line) return
    this.#arrive(line)
    this.#requests -= 1
    this.#lines.delete(key)
    line.requests.shift()
    if (line.requests.length > 0) this.#open(key, { ...line })
  }

  breakLine(request: WebhookRequest): WebhookRequest[] {
    const line = this.#lines.get(keyOf(request))
    if (!line) return []
    this.#broken += 1
    line.broken = true
    return this.#removed(line.requests.splice(1))
  }

  drain(): WebhookRequest[] {
    const drained = [...this.#lines].flatMap(([key, line]) => line.requests.splice(this.#waiting.has(key) ? 0 : 1))
    for (const key of this.#waiting.keys()) this.#lines.delete(key)
    this.#waiting.clear()
    return this.#removed(drained)
  }

  holds(messageId: number): boolean {
    return this.#lines.get(`${messageId}`)?.broken === false
  }

  requests(): WebhookRequest[] {
    return [...this.#lines.values()].flatMap((line) => line.requests)
  }

  count(): Count {
    const [lines, waiting] = [this.#lines.size, this.#waiting.size]
    return { requests: this.#requests, lines, waiting, underWay: this.#underWay, broken: this.#broken }
  }

  #open(key: string, line: Line): void {
    this.#lines.set(key, line)
    this.#waiting.set(key, line)
  }

  #arrive(line: Line | undefined): void {
    if (!line?.underWay) return
    line.underWay = false
    this.#underWay -= 1
  }

  #removed(gone: WebhookRequest[]): WebhookRequest[] {
    this.#requests -= gone.length
    return gone
  }
}
