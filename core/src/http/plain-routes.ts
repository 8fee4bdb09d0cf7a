/** Small answers for machines and operators: health, public keys, and how a request arrived. */
import { Hono } from 'hono'
import { JWKS_SECONDS, type SigningJwk } from './jwks.ts'
import type { WebEnv } from './web-env.ts'

export type PlainDeps = { readonly jwks: () => Promise<{ readonly keys: readonly SigningJwk[] }> }

export const plainRoutes = ({ jwks }: PlainDeps): Hono<WebEnv> =>
  new Hono<WebEnv>()
    .get('/health', (c) => c.text('OK'))
    .get('/.well-known/jwks.json', async (c) => c.json(await jwks(), 200, { 'Cache-Control': `public, max-age=${JWKS_SECONDS}` }))
    .get('/ip', ({ env, var: { client }, text }) => {
      const peer = env.incoming.socket.remoteAddress ?? 'a local socket'
      return text(`ip: ${client.address}\nremote ip: ${peer}\nscheme: ${client.scheme}\nhost: ${client.host}\n`, 200, {
        'Cache-Control': 'no-store',
      })
    })
