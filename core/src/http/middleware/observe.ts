/** Begins and ends each request: its id, its client, one line in the log and two metrics. */
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { type RandomBytes, traceToken } from '../../domain/token.ts'
import type { Logger } from '../../observe/logger.ts'
import type { Metrics } from '../../observe/metrics.ts'
import type { ClientOf } from '../clients.ts'
import type { WebEnv } from '../web-env.ts'

export type ObserveDeps = {
  readonly clientOf: ClientOf
  readonly randomBytes: RandomBytes
  readonly log: Logger
  readonly metrics: Pick<Metrics, 'http'>
}

/** Asked every few seconds by balancers; not worth a line each. */
const UNLOGGED = new Set(['/health'])
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function observeRequests({ clientOf, randomBytes, log, metrics }: ObserveDeps): MiddlewareHandler<WebEnv> {
  return async (c, next) => {
    const startedAt = performance.now()
    const requestId = traceToken(randomBytes)
    const client = clientOf(c.env.incoming)
    c.set('startedAt', startedAt)
    c.set('requestId', requestId)
    c.set('client', client)
    c.header('X-Request-Id', requestId)
    await next()
    const ms = performance.now() - startedAt
    const route = routePath(c)
    const { status } = c.res
    const { method } = c.req
    // Whoever makes up methods must not make up label values
    metrics.http.requests.inc({ route, method: METHODS.has(method) ? method : 'other', status })
    metrics.http.seconds.observe({ route }, ms / 1000)
    if (UNLOGGED.has(route)) return
    log.info(
      {
        event: 'http.request',
        requestId,
        method,
        route,
        status,
        ms: Math.round(ms),
        ipAddress: client.address,
        mailServerId: c.var.mailServerId,
      },
      'Request answered',
    )
  }
}
