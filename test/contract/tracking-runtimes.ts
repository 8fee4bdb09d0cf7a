/** The two places where tracking links are answered: the core on a real socket, and the Worker in Cloudflare's runtime before a core that takes its events. */
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type ServerType, serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { ingestRoutes } from '@posthaste/core/http/ingest/routes.ts'
import { createTrackingHosts, trackingHosts } from '@posthaste/core/http/tracking.ts'
import type { TrackingBatch, TrackingEvent } from '@posthaste/shared/tracking/event.ts'
import { formatTrackingKeys, type TrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import { type Context, Hono } from 'hono'

export const HOST = 'track.example.com'
export const keys: TrackingKeys = { current: 1, keys: new Map([[1, new Uint8Array(32).fill(7)]]) }
export const clock = () => new Date()

/** Wrangler is not to call home, and keeps its logs in the project. */
const OFFLINE = {
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: '1',
  WRANGLER_LOG_PATH: fileURLToPath(new URL('../../edge/.wrangler/logs', import.meta.url)),
}

export type Ask = {
  readonly path: string
  readonly host?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}
export type Reply = { readonly status: number; readonly headers: Headers; readonly body: Buffer }

export type Runtime = AsyncDisposable & {
  readonly ask: (ask: Ask) => Promise<Reply>
  /** All events that have arrived where the core records them, as often as they did. */
  readonly arrived: TrackingEvent[]
  /** Makes the next so many batches fail. */
  readonly failNext: (batches: number) => void
}

function collector() {
  const arrived: TrackingEvent[] = []
  let failures = 0
  const recordTrackingEvents = async ({ events }: TrackingBatch) => {
    if (failures > 0) {
      failures -= 1
      throw new Error('the core is away')
    }
    arrived.push(...events)
    return { recorded: events.length, repeated: 0 }
  }
  const failNext = (batches: number) => {
    failures = batches
  }
  return { arrived, recordTrackingEvents, failNext }
}

async function listen(app: Hono): Promise<AsyncDisposable & { port: number }> {
  const server: ServerType = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { port, [Symbol.asyncDispose]: close }
}

export async function startCore(): Promise<Runtime> {
  const { arrived, recordTrackingEvents, failNext } = collector()
  const requestHost = (c: Context) => c.req.header('host') ?? ''
  const clientAddress = (c: Context) => getConnInfo(c).remote.address ?? ''
  const tracking = createTrackingHosts({ keys, clock, clientAddress, requestHost, recordTrackingEvents, onFault: () => undefined })
  const gate = trackingHosts({ tracking: tracking.app, isTrackingHost: () => true, requestHost })
  const server = await listen(new Hono().use(gate))
  return {
    ask: (ask) => askSocket(server.port, ask),
    arrived,
    failNext,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await tracking[Symbol.asyncDispose]()
    },
  }
}

export async function startWorker(): Promise<Runtime> {
  const { arrived, recordTrackingEvents, failNext } = collector()
  const core = ingestRoutes({ keys, clock, recordTrackingEvents })
  core.onError((_fault, c) => c.text('away', 503))
  const server = await listen(core)
  Object.assign(process.env, OFFLINE)
  const { createTestHarness } = await import('wrangler') // reads the environment when loaded
  const harness = createTestHarness({
    workers: [
      {
        configPath: new URL('../../edge/wrangler.jsonc', import.meta.url),
        vars: { CORE_INGEST_URL: `http://127.0.0.1:${server.port}/ingest/events` },
        secrets: { TRACKING_KEYS: formatTrackingKeys(keys) },
      },
    ],
  })
  await harness.listen()
  return {
    ask: async ({ path, host = HOST, ...init }) => {
      const response = await harness.getWorker().fetch(`https://${host}${path}`, { ...init, redirect: 'manual' })
      return { status: response.status, headers: new Headers([...response.headers]), body: Buffer.from(await response.arrayBuffer()) }
    },
    arrived,
    failNext,
    [Symbol.asyncDispose]: async () => {
      await harness.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Unlike `fetch` this may say any host it likes. */
async function askSocket(port: number, { path, host = HOST, method = 'GET', headers = {}, body }: Ask): Promise<Reply> {
  const request = httpRequest({ host: '127.0.0.1', port, path, method, headers: { ...headers, Host: host }, agent: false })
  request.end(body)
  const [response] = await once(request, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const pairs = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])
  return { status: response.statusCode, headers: new Headers(pairs), body: Buffer.concat(chunks) }
}
