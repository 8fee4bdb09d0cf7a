/**
 * The admin interface: pages rendered here, that work without scripts.
 * Mount it last: what nobody else answers is its page of what is not found.
 */
import { Hono } from 'hono'
import { appearanceRoutes } from './appearance/routes.ts'
import { readAssets } from './assets.ts'
import { blockRoutes } from './blocks/routes.tsx'
import { credentialEditRoutes } from './credentials/edit-routes.tsx'
import { credentialRoutes } from './credentials/routes.tsx'
import type { AdminDeps, AdminEnv } from './deps.ts'
import { domainRoutes } from './domains/routes.tsx'
import { endpointRoutes } from './endpoints/routes.tsx'
import { errorPage, notFoundPage } from './errors.tsx'
import { incomingRouteRoutes } from './incoming-routes/routes.tsx'
import { inspectionRoutes } from './inspections/routes.tsx'
import { ipPoolRuleRoutes } from './ip-pool-rules/routes.tsx'
import { ipAddressRoutes } from './ip-pools/address-routes.tsx'
import { ipPoolRoutes } from './ip-pools/routes.tsx'
import { mailServerRoutes } from './mail-servers/routes.tsx'
import { contentRoutes } from './messages/content-routes.tsx'
import { messageRoutes } from './messages/routes.tsx'
import { pageHeaders } from './middleware/headers.ts'
import { formSize, sameOrigin } from './middleware/same-origin.ts'
import { readVisitor, requireSession } from './middleware/session.ts'
import { organizationRoutes } from './organizations/routes.tsx'
import { queueRoutes } from './queue/routes.tsx'
import { sessionRoutes } from './session/routes.tsx'
import { siteRoutes } from './sites/routes.tsx'
import { suppressionRoutes } from './suppressions/routes.tsx'
import { trackingDomainRoutes } from './tracking-domains/routes.tsx'
import { webhookHistoryRoutes } from './webhooks/history-routes.tsx'
import { webhookRoutes } from './webhooks/routes.tsx'

export function adminRoutes(deps: AdminDeps): Hono<AdminEnv> {
  const assets = readAssets()
  const app = new Hono<AdminEnv>()
  app.onError((fault, c) => errorPage(fault, c, deps))
  app.route('/', assets.routes)
  app.use(pageHeaders(deps.manage))
  app.use(async (c, next) => {
    c.set('assets', assets)
    await next()
  })
  app.use(readVisitor(deps))
  app.route('/', inspectionRoutes(deps)) // before the limits of other forms: it takes whole mails
  app.use(formSize, sameOrigin)
  app.route('/', sessionRoutes(deps))
  app.use(requireSession)
  app.route('/', appearanceRoutes())
  app.route('/', organizationRoutes(deps))
  app.route('/', blockRoutes(deps))
  app.route('/', siteRoutes(deps))
  app.route('/', ipPoolRoutes(deps))
  app.route('/', ipAddressRoutes(deps))
  app.route('/', ipPoolRuleRoutes(deps))
  for (const routes of [
    mailServerRoutes,
    messageRoutes,
    contentRoutes,
    queueRoutes,
    suppressionRoutes,
    domainRoutes,
    trackingDomainRoutes,
    credentialRoutes,
    credentialEditRoutes,
    incomingRouteRoutes,
    endpointRoutes,
    webhookRoutes,
    webhookHistoryRoutes,
  ])
    app.route('/org/:organization/servers/:server', routes(deps))
  app.all('*', (c) => notFoundPage(c, deps))
  return app
}
