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
  server.listen(port, address)
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, stop: (deadlineMs) => drain(server, deadlineMs) } // it listens on TCP
}

async function drain(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // Answers from now on say that the connection ends, so that clients do not send another request into it.
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), deadlineMs)
  await closed
  clearTimeout(cut)
}
