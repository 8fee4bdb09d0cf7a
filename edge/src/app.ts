/** The tracking app: one Hono app on web standards, run by Cloudflare or mounted by the core for its tracking hosts. */
import { Hono } from 'hono'
import { fault, unknownLink } from './replies.ts'
import { clickRoutes } from './routes/click.ts'
import { healthRoutes } from './routes/health.ts'
import { openRoutes } from './routes/open.ts'
import { redirectRoutes } from './routes/redirect.ts'
import { unsubscribeRoutes } from './routes/unsubscribe.ts'
import { createTracker, type TrackingOptions } from './tracker.ts'

export function createTrackingApp(options: TrackingOptions): Hono {
  const tracker = createTracker(options)
  const app = new Hono()
  app.route('/', clickRoutes(tracker))
  app.route('/', openRoutes(tracker))
  app.route('/', redirectRoutes(tracker))
  app.route('/', unsubscribeRoutes(tracker))
  app.route('/', healthRoutes())
  app.notFound(unknownLink)
  app.onError((error, c) => {
    options.onFault(error)
    return fault(c)
  })
  return app
}
