/** Answers tracking hosts in the core's own web role, with the app that otherwise runs at the edge and a sink that writes straight to the event log. */
import { createTrackingApp } from '@posthaste/edge/app.ts'
import { createUlids } from '@posthaste/edge/new-ulid.ts'
import type { TrackingOptions } from '@posthaste/edge/tracker.ts'
import { BATCH_EVENTS_MAX, type TrackingBatch, type TrackingEvent } from '@posthaste/shared/tracking/event.ts'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { Batcher } from '../domain/batcher.ts'
import { isAway } from '../store/faults.ts'

export type TrackingHostDeps = Pick<TrackingOptions, 'keys' | 'clock' | 'clientAddress' | 'onFault' | 'requestHost' | 'revocations'> & {
  readonly recordTrackingEvents: (batch: TrackingBatch) => Promise<unknown>
}

/** Disposing waits until all that was seen is recorded. */
export type TrackingHosts = AsyncDisposable & { readonly app: Hono }

/** While the database is slow this many events wait in memory; then new ones are lost rather than the process. */
const WAITING_MAX = 10_000

export function createTrackingHosts({ recordTrackingEvents, ...options }: TrackingHostDeps): TrackingHosts {
  const batcher = new Batcher<TrackingEvent, undefined>({
    write: async (events) => {
      await recordTrackingEvents({ events: [...events] })
      return events.map(() => undefined)
    },
    itemsMax: BATCH_EVENTS_MAX,
    isShared: isAway,
  })
  const app = createTrackingApp({
    ...options,
    newUlid: createUlids(options.clock),
    sink: async (events) => {
      if (batcher.waiting >= WAITING_MAX) throw new Error(`${batcher.waiting} tracking events wait for the database`)
      await Promise.all(events.map((event) => batcher.add(event)))
    },
    afterResponse: () => undefined, // the process outlives its responses, and the batcher is waited for at the end
  })
  return { app, [Symbol.asyncDispose]: () => batcher.idle() }
}

export type TrackingGate = {
  readonly tracking: Hono
  readonly isTrackingHost: (host: string) => boolean | Promise<boolean>
  /** The host the visitor asked for, behind whatever proxies are trusted. */
  readonly requestHost: (c: Context) => string
}

/**
 * Hands requests for tracking hosts to the tracking app, before anything else looks at them. Besides known hosts these are the ones that
 * an operator's proxy marks with Postal's header; a visitor who sends it gains nothing, since tokens decide.
 */
export function trackingHosts({ tracking, isTrackingHost, requestHost }: TrackingGate): MiddlewareHandler {
  return async (c, next) => {
    const marked = c.req.header('x-postal-track-host') === '1'
    if (marked || (await isTrackingHost(requestHost(c)))) return tracking.fetch(c.req.raw, c.env)
    return next()
  }
}
