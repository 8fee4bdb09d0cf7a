/** Listens for HTTP and drains: no new connections, running requests finish, then whatever is left is cut off. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import type { WebEnv } from './web-env.ts'

export type WebServer = {
  readonly port: number
  readonly stop: (deadlineMs: number) => Promise<void>
}

/** A little more than the idle time of usual balancers, so that they and not we close a connection. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_TIMEOUT_MS = 30_000
/** A large message over a slow line. */
const REQUEST_TIMEOUT_MS = 600_000

export async function listen(
  app: Hono<WebEnv>,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<WebServer> {
  const serverOptions = { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS }
  const fetch: Parameters<typeof createAdaptorServer>[0]['fetch'] = (request, env) => app.fetch(request, env as WebEnv['Bindings']) // HTTP/1 only
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false, serverOptions }) as Server // made by node:http unless asked otherwise
  const draining = drainable(server)
  server.listen(port, address)
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, stop: draining } // it listens on TCP
}

/** Keeps connections from outliving their last answer once the server is to stop. */
function drainable(server: Server): (deadlineMs: number) => Promise<void> {
  let draining = false
  server.prependListener('request', (_request, response) => {
    if (draining) response.setHeader('Connection', 'close')
    else response.once('finish', () => draining && setImmediate(() => server.closeIdleConnections()))
  })
  return async (deadlineMs) => {
    draining = true
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    const cut = setTimeout(() => server.closeAllConnections(), deadlineMs)
    await closed
    clearTimeout(cut)
  }
}
