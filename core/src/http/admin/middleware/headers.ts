/** The policy of pages: only scripts and style sheets that this very answer names are taken. The rest is `http/middleware/security-headers.ts`. */
import { createMiddleware } from 'hono/factory'
import type { RandomBytes } from '../../../domain/token.ts'
import type { AdminEnv } from '../deps.ts'

const NONCE_BYTES = 18

/** Everything starts forbidden. Frames are for the bodies of mails, which bring a stricter policy of their own. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "frame-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

/** Pages show addresses, mail and keys, so none is kept by browser or proxy. A route with a policy of its own keeps it. */
export const pageHeaders = ({ randomBytes }: { readonly randomBytes: RandomBytes }) =>
  createMiddleware<AdminEnv>(async (c, next) => {
    const nonce = Buffer.from(randomBytes(NONCE_BYTES)).toString('base64')
    c.set('nonce', nonce)
    await next()
    const { headers } = c.res
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', policy(nonce))
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  })
