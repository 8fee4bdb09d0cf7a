/** Tracking events: what the edge saw, as it travels to the core. */
import { z } from 'zod'

const TRACKING_EVENT_KINDS = ['opened', 'clicked', 'unsubscribed', 'redirected'] as const
export const BATCH_EVENTS_MAX = 100
export const USER_AGENT_MAX = 500

/** The end of the year 9999, which is as far as the database counts. */
const AT_MAX = 253_402_300_799_999
const Id = z.int().nonnegative()

export const TrackingEvent = z.object({
  /** ULID made where the event was seen; the core drops what it has already recorded. */
  id: z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
  kind: z.enum(TRACKING_EVENT_KINDS),
  /** Milliseconds since 1970. */
  at: z.int().nonnegative().max(AT_MAX),
  mailServerId: Id,
  /** 0 for a redirect that belongs to no message. */
  messageId: Id,
  link: z.int().min(0).max(0xffff),
  url: z.string().optional(),
  host: z.string().max(255),
  ipAddress: z.string().max(45),
  userAgent: z.string().max(USER_AGENT_MAX),
  /** ISO 3166-1 alpha-2, where the edge knows it. */
  country: z.string().max(2).optional(),
  /** A scanner, prefetcher or image proxy rather than a person: told, not dropped. */
  automated: z.boolean(),
})
export type TrackingEvent = z.infer<typeof TrackingEvent>
export type TrackingEventKind = TrackingEvent['kind']

export const TrackingBatch = z.object({ events: z.array(TrackingEvent).min(1).max(BATCH_EVENTS_MAX) })
export type TrackingBatch = z.infer<typeof TrackingBatch>
