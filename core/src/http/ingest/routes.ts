/** `POST /ingest/events`: takes batches of tracking events from the edge. Anything but a 2xx makes the edge keep them and come again. */
import { BATCH_CONTENT_TYPE, openBatch } from '@posthaste/shared/tracking/batch.ts'
import type { TrackingBatch } from '@posthaste/shared/tracking/event.ts'
import type { TrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'

export type IngestDeps = {
  readonly keys: TrackingKeys
  readonly clock: () => Date
  /** Resolves once the events are on disk; those already recorded are dropped. */
  readonly recordTrackingEvents: (batch: TrackingBatch) => Promise<{ readonly recorded: number; readonly repeated: number }>
}

/** A full batch with the longest destinations and user agents stays well below. */
const BODY_BYTES_MAX = 1024 * 1024

export const ingestRoutes = ({ keys, clock, recordTrackingEvents }: IngestDeps): Hono =>
  new Hono().post(
    '/ingest/events',
    bodyLimit({ maxSize: BODY_BYTES_MAX, onError: (c) => c.text('This batch is too large.', 413) }),
    async (c) => {
      if (mediaType(c.req.header('content-type')) !== BATCH_CONTENT_TYPE) return c.text(`Events come as ${BATCH_CONTENT_TYPE}.`, 415)
      const opened = await openBatch(keys, await c.req.text(), clock())
      if (opened.kind === 'unproven') return c.text('This batch is not signed by the edge, or not now.', 401)
      if (opened.kind === 'malformed') return c.text('This batch cannot be read.', 400)
      return c.json(await recordTrackingEvents(opened.batch))
    },
  )

const mediaType = (header: string | undefined): string | undefined => header?.split(';', 1)[0]?.trim().toLowerCase()
