/** Leads a visitor on to the destination that a token carries. */
import type { Purpose } from '@posthaste/shared/tracking/token.ts'
import { trackingRoute } from '@posthaste/shared/tracking/urls.ts'
import { Hono } from 'hono'
import type { Tracker } from '../tracker.ts'
import { onlyMethods, unknownLink } from './refusals.ts'

export function leadOn(tracker: Tracker, purpose: Extract<Purpose, 'click' | 'redirect'>): Hono {
  const route = trackingRoute(purpose)
  return new Hono()
    .get(route, async (c) => {
      const claims = await tracker.admit(c, purpose)
      if (!claims) return unknownLink(c)
      tracker.record(c, claims)
      return c.body(null, 302, { Location: location(claims.destination) })
    })
    .all(route, onlyMethods('GET, HEAD'))
}

/** A header carries visible ASCII (RFC 9110 §5.5); what is more than that is escaped as a browser would, the rest stays as it was written. */
const location = (destination: string): string => (/^[\x21-\x7e]+$/.test(destination) ? destination : new URL(destination).href)
