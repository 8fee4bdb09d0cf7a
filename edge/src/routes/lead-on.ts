/** Leads a visitor on to the destination that a token carries. */
import type { Purpose } from '@posthaste/shared/tracking/token.ts'
import { trackingRoute } from '@posthaste/shared/tracking/urls.ts'
import { Hono } from 'hono'
import { CHANGING_METHODS, COMMON_HEADERS, onlyMethods, unknownLink } from '../replies.ts'
import type { Tracker } from '../tracker.ts'

export function leadOn(tracker: Tracker, purpose: Extract<Purpose, 'click' | 'redirect'>): Hono {
  const route = trackingRoute(purpose)
  return new Hono()
    .get(route, async (c) => {
      const claims = await tracker.admit(c, purpose)
      if (!claims) return unknownLink(c)
      tracker.record(c, claims)
      return c.body(null, 302, { ...COMMON_HEADERS, Location: location(claims.destination) })
    })
    .on(CHANGING_METHODS, route, onlyMethods('GET, HEAD'))
}

/** A header carries visible ASCII (RFC 9110 §5.5); what is more than that is escaped as a browser would, the rest stays as it was written. */
const location = (destination: string): string => (/^[\x21-\x7e]+$/.test(destination) ? destination : new URL(destination).href)
