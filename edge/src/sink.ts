/** Where tracking events go: the Queue on Cloudflare, straight to the event log when the core answers tracking hosts itself. */
import type { TrackingEvent } from '@posthaste/shared/tracking/event.ts'

/** Resolves when the events are safe, rejects when they are not. */
export type EventSink = (events: readonly TrackingEvent[]) => Promise<void>

/** The part of Cloudflare's `Queue` that is needed here, so that this file also reads in Node. */
export type EventQueue = { sendBatch(messages: { body: TrackingEvent }[]): Promise<unknown> }

export function queueSink(queue: EventQueue): EventSink {
  return async (events) => {
    await queue.sendBatch(events.map((body) => ({ body })))
  }
}
