/** The Worker: tracking requests in, events into a Queue, batches from the Queue to the core. */
import { parseTrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import type { Hono } from 'hono'
import { createTrackingApp } from './app.ts'
import { type Bindings, REVOCATIONS_KEY } from './bindings.ts'
import { logFault } from './log.ts'
import { createUlids } from './new-ulid.ts'
import { postEvents } from './post-events.ts'
import { createRevocationReader } from './revocations.ts'
import { queueSink } from './sink.ts'

const clock = () => new Date()
/** KV keeps a value at a location for at least this long; with our own 30 seconds a revocation works within a minute. */
const KV_CACHE_S = 30

/** One app for each isolate, so that derived keys and the revocation list outlive a request. */
let app: Hono | undefined

function buildApp(env: Bindings): Hono {
  return createTrackingApp({
    keys: parseTrackingKeys(env.TRACKING_KEYS),
    sink: queueSink(env.EVENTS),
    clock,
    newUlid: createUlids(clock),
    clientAddress: (c) => c.req.header('cf-connecting-ip') ?? '',
    clientCountry: (c) => c.req.header('cf-ipcountry'),
    revocations: createRevocationReader({
      read: () => env.REVOCATIONS.get(REVOCATIONS_KEY, { cacheTtl: KV_CACHE_S }),
      clock,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      onFault: logFault,
    }),
    afterResponse: (c, work) => c.executionCtx.waitUntil(work),
    onFault: logFault,
  })
}

export default {
  fetch(request, env, ctx) {
    app ??= buildApp(env)
    return app.fetch(request, env, ctx)
  },
  async queue(batch, env) {
    const keys = parseTrackingKeys(env.TRACKING_KEYS)
    await postEvents(batch.messages, { url: env.CORE_INGEST_URL, keys, clock, post: (url, init) => fetch(url, init), onFault: logFault })
  },
} satisfies ExportedHandler<Bindings, unknown>
