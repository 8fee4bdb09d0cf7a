/** The tracking app: one Hono app on web standards, run by Cloudflare or mounted by the core for its tracking hosts. */
import { Hono } from 'hono'
import { clickRoutes } from './routes/click.ts'
import { healthRoutes } from './routes/health.ts'
import { openRoutes } from './routes/open.ts'
import { redirectRoutes } from './routes/redirect.ts'
import { unsubscribeRoutes } from './routes/unsubscribe.ts'
import { createTracker, type TrackingOptions } from './tracker.ts'

const HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer', // the token is between the recipient and us
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
}

export function createTrackingApp(options: TrackingOptions): Hono {
  const tracker = createTracker(options)
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
  })
  app.route('/', clickRoutes(tracker))
  app.route('/', openRoutes(tracker))
  app.route('/', redirectRoutes(tracker))
  app.route('/', unsubscribeRoutes(tracker))
  app.route('/', healthRoutes())
  app.onError((fault, c) => {
    options.onFault(fault)
    return c.text('Something went wrong.', 500)
  })
  return app
}
