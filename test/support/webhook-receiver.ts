/** A customer's HTTP endpoint: keeps every request with its exact body, verifies signatures, and answers as it is told to. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { until } from './until.ts'
import { type Trust, type Verification, verifyWebhook } from './webhook-signatures.ts'

export type WebhookRequest = {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly raw: Buffer
  readonly receivedAt: Date
  /** The status that was answered; undefined while it hangs or after a reset. */
  readonly status: number | undefined
  /** Parsed each time, so that a test may ask for what it expects. */
  readonly json: () => unknown
  readonly form: () => URLSearchParams
  readonly verify: () => Promise<Verification>
}

/** A number is a status with an empty body. */
export type WebhookAnswer =
  | number
  | {
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly delayMs?: number
    }
  /** Takes the request and never answers. */
  | 'hang'
  /** Cuts the line. */
  | 'reset'

export type WebhookReceiver = AsyncDisposable & {
  readonly port: number
  /** `http://127.0.0.1:1234/` */
  readonly url: string
  readonly requests: readonly WebhookRequest[]
  /** Answers for the next requests, in this order; afterwards 200 again. */
  readonly answerNext: (...answers: WebhookAnswer[]) => void
  /** The answer whenever none is left of `answerNext`. */
  readonly answerAlways: (answer: WebhookAnswer) => void
  /** Waits until there are so many requests in all. */
  readonly received: (count: number, timeoutMs?: number) => Promise<readonly WebhookRequest[]>
  /** Whom it believes, when that is known only after the start. */
  readonly trust: (trust: Trust) => void
  readonly clear: () => void
}

export type WebhookReceiverOptions = Trust & { readonly host?: string; readonly port?: number; readonly clock?: () => Date }

export const redirectTo = (location: string, status = 302): WebhookAnswer => ({ status, headers: { location } })

export async function startWebhookReceiver(options: WebhookReceiverOptions = {}): Promise<WebhookReceiver> {
  const { host = '127.0.0.1', port = 0, clock = () => new Date() } = options
  const requests: WebhookRequest[] = []
  const answers: WebhookAnswer[] = []
  const ending = new AbortController()
  let trusted: Trust = options
  let always: WebhookAnswer = 200

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const raw = await buffer(request)
    const answer = answers.shift() ?? always
    requests.push(recorded(request, { raw, receivedAt: clock(), status: statusOf(answer) }, () => trusted))
    await give(answer, response, ending.signal)
  }
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy()) // the client hung up, or the receiver is being closed
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port

  return {
    port: bound,
    url: `http://${host}:${bound}/`,
    requests,
    answerNext: (...more) => void answers.push(...more),
    answerAlways: (answer) => {
      always = answer
    },
    received: (count, timeoutMs = 20_000) =>
      until(() => requests.length >= count && requests, { timeoutMs, what: () => `${count} webhook requests, having ${requests.length}` }),
    trust: (trust) => {
      trusted = trust
    },
    clear: () => void requests.splice(0),
    [Symbol.asyncDispose]: async () => {
      ending.abort()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

type Kept = Pick<WebhookRequest, 'raw' | 'receivedAt' | 'status'>

function recorded({ method = '', url = '', headers }: IncomingMessage, kept: Kept, trust: () => Trust): WebhookRequest {
  return {
    method,
    url,
    headers,
    ...kept,
    json: () => JSON.parse(kept.raw.toString()),
    form: () => new URLSearchParams(kept.raw.toString()),
    verify: () => verifyWebhook({ headers, ...kept }, trust()),
  }
}

function statusOf(answer: WebhookAnswer): number | undefined {
  if (typeof answer === 'string') return undefined
  return typeof answer === 'number' ? answer : answer.status
}

async function give(answer: WebhookAnswer, response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (answer === 'hang') return
  if (answer === 'reset') return void response.socket?.resetAndDestroy()
  const { status, body = '', headers = {}, delayMs = 0 } = typeof answer === 'number' ? { status: answer } : answer
  if (delayMs > 0) await wait(delayMs, undefined, { signal })
  response.writeHead(status, headers).end(body)
}
