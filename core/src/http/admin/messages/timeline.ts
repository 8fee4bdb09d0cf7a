/** Everything that happened to a message, and what comes next, as one story. The latest comes first. */
import type { Delivery } from '../../../domain/delivery.ts'
import type { Event, EventKind } from '../../../domain/event.ts'
import type { Message } from '../../../domain/message.ts'
import type { Attempt } from '../../../store/explanations.ts'
import type { QueuedEntry } from '../../../store/queue-views.ts'

/** What recipients did; the other events repeat what deliveries say. */
const VISITS = ['opened', 'clicked', 'unsubscribed', 'complained'] as const satisfies readonly EventKind[]
export type VisitKind = (typeof VISITS)[number]

export type Visit = {
  readonly visit: VisitKind
  readonly url: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
  readonly country: string | null
  /** Most likely a machine: a scanner of links, a proxy of images. */
  readonly automated: boolean
}

export type TimelineEntry =
  | ({ readonly kind: 'visit'; readonly at: Date } & Visit)
  | { readonly kind: 'delivery'; readonly at: Date; readonly delivery: Delivery; readonly attempt: Attempt | undefined }
  | { readonly kind: 'accepted'; readonly at: Date; readonly secured: boolean; readonly incoming: boolean }
  | { readonly kind: 'next'; readonly at: Date; readonly now: boolean; readonly uncertain: boolean }

export type Story = {
  readonly message: Message
  readonly deliveries: readonly Delivery[]
  /** More about deliveries that were attempts. */
  readonly attempts: readonly Attempt[]
  readonly events: readonly Event[]
  readonly entry: QueuedEntry | undefined
}

export function timelineOf({ message, deliveries, attempts, events, entry }: Story): TimelineEntry[] {
  const attemptOf = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  const happened: TimelineEntry[] = [
    { kind: 'accepted', at: message.createdAt, secured: message.receivedWithTls, incoming: message.scope === 'incoming' },
    ...deliveries.map((delivery) => ({ kind: 'delivery', at: delivery.createdAt, delivery, attempt: attemptOf.get(delivery.id) }) as const),
    ...events.flatMap(toVisit),
  ]
  const latestFirst = happened.toSorted((a, b) => a.at.getTime() - b.at.getTime()).toReversed()
  return entry ? [upcoming(entry), ...latestFirst] : latestFirst
}

const upcoming = ({ dueAt, state, uncertain }: QueuedEntry): TimelineEntry => ({
  kind: 'next',
  at: dueAt,
  now: state !== 'ready',
  uncertain,
})

function toVisit({ kind, at, data }: Event): TimelineEntry[] {
  const visit = VISITS.find((name) => name === kind)
  if (!visit) return []
  const facts: Readonly<Record<string, unknown>> = { ...data }
  const text = (name: string): string | null => (typeof facts[name] === 'string' && facts[name] !== '' ? facts[name] : null)
  const shown = { url: text('url'), ipAddress: text('ipAddress'), userAgent: text('userAgent'), country: text('country') }
  return [{ kind: 'visit', at, visit, ...shown, automated: facts.automated === true }]
}
