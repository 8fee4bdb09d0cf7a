/** `/o/{token}`: the pixel in a mail was loaded. */
import { trackingRoute } from '@posthaste/shared/tracking/urls.ts'
import { Hono } from 'hono'
import type { Tracker } from '../tracker.ts'
import { onlyMethods, unknownLink } from './refusals.ts'

/** One transparent pixel, PNG. */
const PIXEL = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII='),
  (character) => character.charCodeAt(0),
)
const HEADERS = { 'Content-Type': 'image/png', 'Content-Length': String(PIXEL.length) }

export function openRoutes(tracker: Tracker): Hono {
  const route = trackingRoute('open')
  return new Hono()
    .get(route, async (c) => {
      const claims = await tracker.admit(c, 'open')
      if (!claims) return unknownLink(c)
      tracker.record(c, claims)
      return c.body(PIXEL, 200, HEADERS)
    })
    .all(route, onlyMethods('GET, HEAD'))
}
