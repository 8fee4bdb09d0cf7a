/** Posts to URLs of customers: only to public addresses, only to the address that was checked, never after a redirect. */
import { Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import type { MayConnect } from './address-guard.ts'
import type { Dns } from './dns.ts'
import { type HttpFault, httpFault, notReached, timedOut } from './http-fault.ts'
import { createTargets, type Target } from './http-target.ts'

export type HttpPost = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | string
  /** For the whole exchange, the connection included. */
  readonly timeoutMs: number
  /** More of the answer is not read. */
  readonly responseBytesMax: number
  readonly signal?: AbortSignal
}

/** Redirects are not followed, as with posts. */
export type HttpGet = Omit<HttpPost, 'body'>

export type HttpAnswer = {
  readonly kind: 'answer'
  readonly status: number
  /** `Retry-After` as it came. RFC 9110 §10.2.3 */
  readonly retryAfter: string | null
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly body: string
}

export type HttpClient = AsyncDisposable & {
  readonly post: (post: HttpPost) => Promise<HttpAnswer | HttpFault>
  readonly get: (get: HttpGet) => Promise<HttpAnswer | HttpFault>
}

export type HttpClientOptions = {
  /** Certificates to trust instead of the system's, as PEM. */
  readonly ca?: string
  readonly dns: Dns
  readonly mayConnect: MayConnect
  /** Connections to one origin; more posts to it wait, those to others do not. */
  readonly socketsPerOriginMax?: number
  /** Of those, how many are kept for the next posts when there is nothing to do. */
  readonly idleSocketsPerOriginMax?: number
}

const SOCKETS_PER_ORIGIN_MAX = 16
const IDLE_SOCKETS_PER_ORIGIN_MAX = 4
const IDLE_MS = 10_000

export function createHttpClient({ dns, mayConnect, ca, ...limits }: HttpClientOptions): HttpClient {
  const {
    socketsPerOriginMax: maxSockets = SOCKETS_PER_ORIGIN_MAX,
    idleSocketsPerOriginMax: maxFreeSockets = IDLE_SOCKETS_PER_ORIGIN_MAX,
  } = limits
  const pooling = { keepAlive: true, maxSockets, maxFreeSockets, timeout: IDLE_MS }
  const plain = new Agent(pooling)
  const tls = new TlsAgent({ ...pooling, ...(ca === undefined ? {} : { ca }) })

  const targetAt = createTargets({ dns, mayConnect, plain, tls })
  const ask = async (asked: Asked) => {
    const target = targetAt(asked.url)
    return 'kind' in target ? target : exchange(target, asked)
  }
  return {
    post: ask,
    get: ask,
    async [Symbol.asyncDispose]() {
      plain.destroy()
      tls.destroy()
    },
  }
}

/** A post, or a get when it has no body. */
type Asked = HttpGet & Partial<Pick<HttpPost, 'body'>>

function exchange(target: Target, post: Asked): Promise<HttpAnswer | HttpFault> {
  const { timeoutMs, responseBytesMax, signal } = post
  return new Promise((resolve) => {
    // A request that still waits for a socket tells nobody that it was destroyed, so that the end is declared here.
    let over = false
    const settle = (outcome: HttpAnswer | HttpFault) => {
      over = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      resolve(outcome)
    }
    const stop = (outcome: HttpFault) => {
      settle(outcome)
      request.destroy()
    }
    const cancel = () => stop(notReached('Cancelled'))
    const timer = setTimeout(() => stop(timedOut(timeoutMs)), timeoutMs)
    const begin = (): ClientRequest => {
      const begun = startRequest(target, post)
      begun.on('error', (error) => {
        // One that we have destroyed ourselves looks just like a stale one.
        if (!over && isStale(begun, error)) request = begin()
        else settle(httpFault(error))
      })
      return begun.on('response', (response) => {
        readAnswer(response, responseBytesMax).then(settle, (error: Error) => settle(httpFault(error)))
      })
    }
    let request = begin()
    signal?.addEventListener('abort', cancel, { once: true })
    if (signal?.aborted) cancel()
  })
}

function startRequest(target: Target, { headers, body }: Asked): ClientRequest {
  const sent =
    body === undefined ? { method: 'GET', headers } : { method: 'POST', headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } }
  const request = (target.protocol === 'https:' ? requestTls : requestPlain)({ ...target, ...sent })
  return request.end(body)
}

/** An idle connection that the server closed just as we took it up again says nothing about the server. RFC 9112 §9.3.1 */
const isStale = (request: ClientRequest, error: Error): boolean => request.reusedSocket && 'code' in error && error.code === 'ECONNRESET'

function readAnswer(response: IncomingMessage, bytesMax: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let bytes = 0
    const finish = () => resolve(answerOf(response, Buffer.concat(pieces).subarray(0, bytesMax)))
    response.on('data', (piece: Buffer) => {
      pieces.push(piece)
      bytes += piece.length
      if (bytes <= bytesMax) return
      finish()
      response.destroy() // the rest is not worth its time
    })
    response.on('end', finish).on('error', reject)
    response.on('close', () => reject(new Error('aborted'))) // which says nothing when it was read to its end
  })
}

function answerOf(response: IncomingMessage, read: Buffer): HttpAnswer {
  // Streaming drops a character that was cut in half at the end; bytes that are no UTF-8 are replaced.
  const body = new TextDecoder().decode(read, { stream: true })
  const { statusCode: status = 0, headers, rawHeaders } = response
  return { kind: 'answer', status, retryAfter: headers['retry-after'] ?? null, rawHeaders, body }
}
