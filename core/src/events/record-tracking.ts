/** Records what the edge saw: events, times on the message, statistics and who wants no more mail, in one transaction, each visit once. */
import type { TrackingBatch, TrackingEvent, TrackingEventKind } from '@posthaste/shared/tracking/event.ts'
import { linkToken } from '@posthaste/shared/tracking/link-token.ts'
import { normaliseAddress } from '../domain/address.ts'
import type { NewEvent, VisitFacts } from '../domain/event.ts'
import type { NewId } from '../domain/ids.ts'
import { UNSUBSCRIBED } from '../domain/suppression.ts'
import type { Database, Transaction } from '../store/database.ts'
import { appendEvents } from '../store/events.ts'
import { addStatistics, type Counted } from '../store/statistics.ts'
import { addSuppressions, type NewSuppression } from '../store/suppressions.ts'
import { markClicked, markOpened, type Seen, type Tracked, takeUlids, trackedMessages } from '../store/tracking-events.ts'
import { inTransaction } from '../store/transaction.ts'

/** `ignored`: of no message, of one that is gone, or of one that belongs to another mail server. */
export type Recorded = { readonly recorded: number; readonly repeated: number; readonly ignored: number }
export type RecordTrackingEvents = (batch: TrackingBatch) => Promise<Recorded>
export type TrackingRecorder = { readonly db: Database; readonly node: number; readonly newId: NewId; readonly clock: () => Date }

type MessageEventKind = Exclude<TrackingEventKind, 'redirected'>
type MessageEvent = TrackingEvent & { readonly kind: MessageEventKind; readonly rcptTo: string }

export function createTrackingRecorder({ db, node, newId, clock }: TrackingRecorder): RecordTrackingEvents {
  return async ({ events }) => {
    const ulids = events.map((event) => event.id)
    return inTransaction(db, async (tx) => {
      const fresh = await takeUlids(tx, ulids, clock())
      const own = await ofTheirMessages(tx, events.filter(once(fresh)))
      await appendEvents(
        tx,
        own.map((event) => toNewEvent(event, newId)),
      )
      await markOpened(tx, timesOf(own, 'opened'))
      await markClicked(tx, timesOf(own, 'clicked'))
      await addStatistics(tx, node, own.flatMap(counted))
      await addSuppressions(
        tx,
        own.filter(({ kind }) => kind === 'unsubscribed').map((event) => toSuppression(event, newId)),
      )
      return { recorded: own.length, repeated: events.length - fresh.size, ignored: fresh.size - own.length }
    })
  }
}

/** Passes the first event of each id among those given. */
function once(ids: ReadonlySet<string>): (event: TrackingEvent) => boolean {
  const left = new Set(ids)
  return ({ id }) => left.delete(id)
}

/** A token names mail server and message together; an event in which the two do not belong together is nobody's. */
async function ofTheirMessages(tx: Transaction, events: readonly TrackingEvent[]): Promise<MessageEvent[]> {
  const messages = await trackedMessages(
    tx,
    events.map((event) => event.messageId),
  )
  return events.flatMap((event) => ofMessage(event, messages.get(event.messageId)))
}

/** A plain redirect belongs to no mail; the edge answers it and nothing follows. */
function ofMessage(event: TrackingEvent, message: Tracked | undefined): MessageEvent[] {
  const { kind } = event
  return kind !== 'redirected' && message?.mailServerId === event.mailServerId ? [{ ...event, kind, rcptTo: message.rcptTo }] : []
}

function toNewEvent(event: MessageEvent, newId: NewId): NewEvent {
  const { mailServerId, messageId, kind } = event
  return { id: newId(), mailServerId, messageId, kind, at: new Date(event.at), data: factsOf(event) }
}

function factsOf({ messageId, link, url, ipAddress, userAgent, country, automated }: MessageEvent): VisitFacts & Record<string, unknown> {
  return {
    ipAddress,
    userAgent: userAgent === '' ? null : userAgent,
    ...(url === undefined ? {} : { url, linkToken: linkToken(messageId, link) }),
    ...(country === undefined ? {} : { country }),
    automated,
  }
}

/** For ever, and no mail that is taken ends it; a person here can. Also when a machine asked: mail programs do it for their people (RFC 8058). */
const toSuppression = ({ mailServerId, rcptTo, at }: MessageEvent, newId: NewId): NewSuppression => ({
  ...{ id: newId(), mailServerId, address: normaliseAddress(rcptTo), reason: UNSUBSCRIBED, source: 'unsubscribe' },
  ...{ keepUntil: null, createdAt: new Date(at) },
})

const timesOf = (events: readonly MessageEvent[], kind: MessageEventKind): Seen[] =>
  events.filter((event) => event.kind === kind).map(({ messageId, at }) => ({ messageId, at: new Date(at) }))

function counted({ kind, mailServerId, at }: MessageEvent): Counted[] {
  return kind === 'unsubscribed' ? [] : [{ mailServerId, at: new Date(at), count: kind }]
}
