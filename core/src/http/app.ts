/** The web role's route table: tracking hosts, then what machines call under any name, then what people see under our own. */
import { type Context, Hono } from 'hono'
import type { AdminEnv } from './admin/deps.ts'
import { type ApiV1Deps, apiV1Routes } from './api/v1/routes.ts'
import { type ApiV2Deps, apiV2Routes } from './api/v2/routes.ts'
import { problem, toRefusal } from './errors.ts'
import { type Hosts, ownHostsOnly } from './hosts.ts'
import { type ObserveDeps, observeRequests } from './middleware/observe.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { type PlainDeps, plainRoutes } from './plain-routes.ts'
import { trackingHosts } from './tracking.ts'
import type { WebEnv } from './web-env.ts'

export type WebDeps = ObserveDeps &
  PlainDeps & {
    readonly hosts: Hosts
    readonly tracking: Hono
    readonly ingest: Hono
    readonly apiV1: ApiV1Deps
    readonly apiV2: ApiV2Deps
    /** Everything that people see, at `/`. */
    readonly pages?: Hono<AdminEnv>
  }

export function createWebApp(deps: WebDeps): Hono<WebEnv> {
  const { hosts, log } = deps
  const app = new Hono<WebEnv>({ strict: false }) // API clients are known to end paths with a slash
  app.use(observeRequests(deps))
  app.use(trackingHosts({ tracking: deps.tracking, isTrackingHost: hosts.isTracking, requestHost: clientHost }))
  app.route('/api/v1', apiV1Routes(deps.apiV1))
  app.route('/api/v2', apiV2Routes(deps.apiV2))
  app.route('/', deps.ingest)
  app.use(securityHeaders())
  app.route('/', plainRoutes(deps))
  app.use(ownHostsOnly(hosts))
  if (deps.pages) app.route('/', deps.pages)
  app.notFound((c) => c.text('There is nothing here.', 404))
  app.onError((thrown, c) => {
    const refusal = toRefusal(thrown)
    if (!refusal || refusal.code === 'store.unavailable') {
      log.error({ event: 'http.fault', requestId: c.var.requestId, error: thrown }, 'A request failed')
    }
    return problem(c, refusal, c.var.requestId)
  })
  return app
}

/** For parts that do not know our environment, such as the tracking app. */
export const clientAddress = (c: Context): string => clientOf(c).address
export const clientHost = (c: Context): string => clientOf(c).host

const clientOf = (c: Context<WebEnv>) => c.var.client
