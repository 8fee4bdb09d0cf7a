/** What Cloudflare hands to the Worker, by the names of `wrangler.jsonc`. */
import type { TrackingEvent } from '@posthaste/shared/tracking/event.ts'

export type Bindings = {
  /** Secret: `{"current": 1, "keys": {"1": "<base64>"}}`. */
  readonly TRACKING_KEYS: string
  /** Where the core takes events, as in `https://postal.example.com/ingest/events`. */
  readonly CORE_INGEST_URL: string
  readonly EVENTS: Queue<TrackingEvent>
  readonly REVOCATIONS: KVNamespace
}

/** The one key in `REVOCATIONS`. */
export const REVOCATIONS_KEY = 'revocations'
