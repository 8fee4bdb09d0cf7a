/** Makes a tracking event of a verified request. */
import { type TrackingEvent, type TrackingEventKind, USER_AGENT_MAX } from '@posthaste/shared/tracking/event.ts'
import type { Purpose, TokenClaims } from '@posthaste/shared/tracking/token.ts'
import { isAutomated } from './automated.ts'

const KINDS: Record<Purpose, TrackingEventKind> = { click: 'clicked', open: 'opened', unsubscribe: 'unsubscribed', redirect: 'redirected' }
const ADDRESS_MAX = 45
const HOST_MAX = 255

export type Visit = {
  readonly id: string
  readonly at: Date
  readonly headers: Headers
  readonly host: string
  readonly ipAddress: string
  readonly country: string | undefined
}

export function toEvent(claims: TokenClaims, visit: Visit): TrackingEvent {
  return {
    id: visit.id,
    kind: KINDS[claims.purpose],
    at: visit.at.getTime(),
    mailServerId: claims.mailServerId,
    messageId: claims.messageId,
    link: claims.link,
    ...(claims.destination === '' ? {} : { url: claims.destination }),
    host: visit.host.slice(0, HOST_MAX),
    ipAddress: visit.ipAddress.slice(0, ADDRESS_MAX),
    userAgent: (visit.headers.get('user-agent') ?? '').slice(0, USER_AGENT_MAX),
    ...(visit.country === undefined ? {} : { country: visit.country.slice(0, 2) }),
    automated: isAutomated(visit.headers),
  }
}
