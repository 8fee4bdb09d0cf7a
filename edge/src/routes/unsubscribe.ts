/** `/u/{token}`: asks a person for a confirmation, takes the POST of a mail client at its word (one click, RFC 8058). */
import { trackingRoute } from '@posthaste/shared/tracking/urls.ts'
import { type Context, Hono } from 'hono'
import { CHANGING_METHODS, COMMON_HEADERS, onlyMethods, unknownLink } from '../replies.ts'
import type { Tracker } from '../tracker.ts'

/** Scanners follow every link of a mail, so that a GET must change nothing (RFC 8058 §1). */
const QUESTION = page(
  'Unsubscribe',
  `<h1>Unsubscribe?</h1><form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Unsubscribe</button></form>`,
)
const DONE = page('Unsubscribed', '<h1>You are unsubscribed.</h1><p>You can close this page.</p>')
const NOT_YET = page('Please try again', '<h1>That did not work.</h1><p>Please try again in a few minutes.</p>')
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export function unsubscribeRoutes(tracker: Tracker): Hono {
  const route = trackingRoute('unsubscribe')
  return new Hono()
    .get(route, async (c) => ((await tracker.admit(c, 'unsubscribe')) ? show(c, QUESTION, 200) : unknownLink(c)))
    .post(route, async (c) => {
      const claims = await tracker.admit(c, 'unsubscribe')
      if (!claims) return unknownLink(c)
      // The body is not read: whoever posts here with a valid token wants out, however the form was encoded.
      const safe = await tracker.recordSafely(c, claims)
      return safe ? show(c, DONE, 200) : show(c, NOT_YET, 503)
    })
    .on(CHANGING_METHODS, route, onlyMethods('GET, HEAD, POST'))
}

const show = (c: Context, html: string, status: 200 | 503): Response | Promise<Response> =>
  c.html(html, status, { ...COMMON_HEADERS, 'Content-Security-Policy': POLICY })

function page(title: string, body: string): string {
  const style =
    'body{font:1.1em/1.5 system-ui,sans-serif;max-width:28em;margin:20vh auto;padding:0 1em}button{font:inherit;padding:.5em 1.5em}'
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style>`
  return `<!doctype html><html lang="en"><head>${head}</head><body>${body}</body></html>`
}
