/** Posts queued events to the core in signed batches; what the core has not taken stays in the Queue. */
import { BATCH_CONTENT_TYPE, signBatch } from '@posthaste/shared/tracking/batch.ts'
import { BATCH_EVENTS_MAX, TrackingEvent } from '@posthaste/shared/tracking/event.ts'
import type { TrackingKeys } from '@posthaste/shared/tracking/keys.ts'

export type CoreIngest = {
  readonly url: string
  readonly keys: TrackingKeys
  readonly clock: () => Date
  readonly post: (url: string, init: RequestInit) => Promise<{ readonly ok: boolean; readonly status: number }>
  readonly onFault: (fault: unknown) => void
}

/** The part of Cloudflare's `Message` that is needed here. */
type Queued = { readonly body: unknown; readonly attempts: number; ack(): void; retry(options: { delaySeconds: number }): void }
type Readable = { readonly queued: Queued; readonly event: TrackingEvent }

const POST_TIMEOUT_MS = 15_000
const DELAY_FIRST_S = 5
/** With `max_retries` of 100 a core may be away for four days before its events move to the dead letter queue. */
const DELAY_MAX_S = 3_600

/** Each message is acknowledged or retried by itself. Batches are signed at each try, since an old signature is refused. */
export async function postEvents(messages: readonly Queued[], core: CoreIngest): Promise<void> {
  const readable = messages.flatMap((queued) => read(queued, core))
  for (let from = 0; from < readable.length; from += BATCH_EVENTS_MAX) {
    const group = readable.slice(from, from + BATCH_EVENTS_MAX)
    const taken = await postGroup(group, core)
    for (const { queued } of group) taken ? queued.ack() : retryLater(queued)
  }
}

/** What is no event (of a version to come, say) waits like the rest and ends in the dead letter queue, where it can be looked at. */
function read(queued: Queued, core: CoreIngest): Readable[] {
  const event = TrackingEvent.safeParse(queued.body)
  if (event.success) return [{ queued, event: event.data }]
  core.onFault(event.error)
  retryLater(queued)
  return []
}

async function postGroup(group: readonly Readable[], { url, keys, clock, post, onFault }: CoreIngest): Promise<boolean> {
  try {
    const body = await signBatch(keys, { events: group.map(({ event }) => event) }, clock())
    const headers = { 'Content-Type': BATCH_CONTENT_TYPE }
    const response = await post(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(POST_TIMEOUT_MS) })
    if (!response.ok) onFault(new Error(`the core answered ${response.status} to ${group.length} events`))
    return response.ok
  } catch (fault) {
    onFault(fault)
    return false
  }
}

function retryLater(queued: Queued): void {
  queued.retry({ delaySeconds: Math.min(DELAY_FIRST_S * 2 ** (queued.attempts - 1), DELAY_MAX_S) })
}
