/** `/o/{token}`: the pixel in a mail was loaded. */
import { trackingRoute } from '@posthaste/shared/tracking/urls.ts'
import { Hono } from 'hono'
import { CHANGING_METHODS, COMMON_HEADERS, onlyMethods, unknownLink } from '../replies.ts'
import type { Tracker } from '../tracker.ts'

/** One transparent pixel, PNG. */
const PIXEL = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII='),
  (character) => character.charCodeAt(0),
)
const HEADERS = { ...COMMON_HEADERS, 'Content-Type': 'image/png', 'Content-Length': String(PIXEL.length) }

export function openRoutes(tracker: Tracker): Hono {
  const route = trackingRoute('open')
  return new Hono()
    .get(route, async (c) => {
      const claims = await tracker.admit(c, 'open')
      if (!claims) return unknownLink(c)
      tracker.record(c, claims)
      return c.body(PIXEL, 200, HEADERS)
    })
    .on(CHANGING_METHODS, route, onlyMethods('GET, HEAD'))
}
