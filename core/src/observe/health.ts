/** The tiny HTTP server of each role: is it alive, is it ready, what does it measure. */

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Logger } from './logger.ts'

/** Resolves when the dependency answers; gives up when the signal says so. */
export type Check = (signal: AbortSignal) => Promise<unknown>

export type HealthOptions = {
  readonly address: string
  readonly port: number
  /** What `/` says: role, process and machine. */
  readonly title: string
  /** By the name of the dependency, such as `database`. */
  readonly checks: Readonly<Record<string, Check>>
  readonly checkTimeoutMs: number
  /** Why new work should go elsewhere, such as `draining`; null when it is welcome. */
  readonly notReady: () => string | null
  readonly registry: { readonly contentType: string; readonly metrics: () => Promise<string> }
  readonly log: Logger
}

/** `port` is null when it was taken and the role works without. */
export type HealthServer = AsyncDisposable & { readonly port: number | null }

export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server = createServer(listener(options))
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  const dispose = () => {
    const closed = close()
    server.closeAllConnections()
    return closed
  }
  server.listen(options.port, options.address)
  const fault = await once(server, 'listening').then(() => undefined, asFault)
  if (fault) {
    reportPort(options, fault)
    return { port: null, [Symbol.asyncDispose]: async () => undefined }
  }
  server.on('error', (error) => options.log.error({ event: 'health.error', error }, 'Health server failed'))
  const bound = server.address()
  return { port: typeof bound === 'object' && bound ? bound.port : options.port, [Symbol.asyncDispose]: dispose }
}

type Fault = Error & { readonly code?: string }
const asFault = (error: Fault): Fault => error

/** Mail goes on without a health port; only the operator must know. */
function reportPort({ address, port, log }: HealthOptions, error: Fault): void {
  const why = error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be opened (${error.code ?? error.message})`
  log.error(
    { event: 'health.port_unavailable', component: 'health-server' },
    `health server port (${address}:${port}) ${why}, not starting health server`,
  )
}

type Answer = { readonly status: number; readonly text: string; readonly type?: string }

function listener(options: HealthOptions): RequestListener {
  return (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?')
    const answered = request.method === 'GET' || request.method === 'HEAD' ? answer(path, options) : Promise.resolve(NOT_FOUND)
    answered
      .catch((error: unknown): Answer => {
        options.log.error({ event: 'health.error', path, error }, 'Health request failed')
        return { status: 500, text: 'Internal Server Error' }
      })
      .then(({ status, text, type = 'text/plain; charset=utf-8' }) => {
        response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store' })
        response.end(request.method === 'HEAD' ? undefined : text)
      })
  }
}

const NOT_FOUND: Answer = { status: 404, text: 'Not Found' }

async function answer(path: string, options: HealthOptions): Promise<Answer> {
  switch (path) {
    case '/':
      return { status: 200, text: options.title }
    case '/health':
      return health(options)
    case '/ready':
      return ready(options)
    case '/metrics':
      return { status: 200, text: await options.registry.metrics(), type: options.registry.contentType }
    default:
      return NOT_FOUND
  }
}

async function ready(options: HealthOptions): Promise<Answer> {
  const reason = options.notReady()
  return reason ? { status: 503, text: reason } : health(options)
}

async function health({ checks, checkTimeoutMs, log }: HealthOptions): Promise<Answer> {
  const results = await Promise.all(Object.entries(checks).map(([name, check]) => failure(name, check, checkTimeoutMs)))
  const failed = results.filter((result) => result !== undefined)
  for (const { name, error } of failed) log.warn({ event: 'health.check_failed', dependency: name, error }, 'Health check failed')
  return failed.length === 0
    ? { status: 200, text: 'OK' }
    : { status: 503, text: failed.map(({ name }) => `${name} is not available`).join('\n') }
}

type Failure = { readonly name: string; readonly error: unknown }

/** A check that does not heed its signal is given up all the same. */
async function failure(name: string, check: Check, timeoutMs: number): Promise<Failure | undefined> {
  const signal = AbortSignal.timeout(timeoutMs)
  const tooLate = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
  return Promise.race([asked(check, signal), tooLate]).then(
    () => undefined,
    (error: unknown) => ({ name, error }),
  )
}

/** Async, so that a check that throws at once fails like one that throws later. */
const asked = async (check: Check, signal: AbortSignal) => check(signal)
