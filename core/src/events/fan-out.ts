/** Draws the consequences of events: a request for each webhook that wants one, in the transaction that takes the event off the outbox. */
import { setTimeout as wait } from 'node:timers/promises'
import type { NewId } from '../domain/ids.ts'
import type { RandomBytes } from '../domain/token.ts'
import { newUuid } from '../domain/uuid.ts'
import { POSTAL_WEBHOOK_EVENTS, type WebhookEvent } from '../domain/webhook-events.ts'
import { RETRY_FOR_MS } from '../domain/webhook-retry.ts'
import type { Database, Transaction } from '../store/database.ts'
import type { Directory, MailServer } from '../store/directory.ts'
import { hasOutboxEvents, type OutboxEvent, readMessageFacts, removeOutboxEvents, takeOutboxEvents } from '../store/event-outbox.ts'
import { inTransaction } from '../store/transaction.ts'
import { insertWebhookRequests, type NewWebhookRequest } from '../store/webhook-requests.ts'
import { readSpamThresholds, readSubscriptions, type Subscription } from '../store/webhook-targets.ts'
import type { Envelope, Payload } from './payloads.ts'
import { type Known, messagesBeside, toPayload, webhookEventOf } from './to-payload.ts'

export type FanOutOptions = {
  readonly db: Database
  readonly directory: Pick<Directory, 'mailServer'>
  readonly newId: NewId
  readonly clock: () => Date
  readonly randomBytes: RandomBytes
  /** Wait between looks at an empty outbox. */
  readonly idleMs: number
  /** Requests are there. */
  readonly onRequests: () => void
  readonly onFault: (fault: unknown) => void
}

const EVENTS_MAX = 500

/** Runs until the signal. Any number of processes may run it side by side. */
export async function runFanOut(options: FanOutOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const taken = await fanOut(options).catch((fault: unknown) => {
      options.onFault(fault)
      return 0
    })
    if (taken < EVENTS_MAX) await wait(options.idleMs, undefined, { signal }).catch(() => undefined)
  }
}

/** @returns how many events left the outbox. */
export async function fanOut(options: FanOutOptions, limit = EVENTS_MAX): Promise<number> {
  if (!(await hasOutboxEvents(options.db))) return 0
  const { taken, made } = await inTransaction(options.db, async (tx) => {
    const events = await takeOutboxEvents(tx, limit)
    const requests = await makeRequests(options, tx, events)
    await insertWebhookRequests(tx, requests)
    await removeOutboxEvents(
      tx,
      events.map((event) => event.id),
    )
    return { taken: events.length, made: requests.length }
  })
  if (made > 0) options.onRequests()
  return taken
}

type Wish = { readonly event: OutboxEvent; readonly name: WebhookEvent; readonly wishers: readonly Subscription[] }

async function makeRequests(options: FanOutOptions, tx: Transaction, events: readonly OutboxEvent[]): Promise<NewWebhookRequest[]> {
  const wishes = await findWishes(options.db, events)
  if (wishes.length === 0) return []
  const known = await readKnown(
    options,
    tx,
    wishes.map((wish) => wish.event),
  )
  return wishes.flatMap((wish) => {
    const payload = toPayload(wish.event, known)
    return payload ? requestsOf(options, wish, payload) : []
  })
}

async function readKnown({ db, directory }: FanOutOptions, tx: Transaction, events: readonly OutboxEvent[]): Promise<Known> {
  const ids = events.flatMap((event) => [...(event.messageId === null ? [] : [event.messageId]), ...messagesBeside(event)])
  const messages = await readMessageFacts(tx, ids)
  const inspected = [...messages.values()].filter((message) => message.spamScore !== null)
  const spamThresholds = await readSpamThresholds(
    db,
    inspected.map((message) => message.mailServerId),
  )
  return { messages, spamThresholds, mailServers: await readMailServers(directory, events) }
}

async function findWishes(db: Database, events: readonly OutboxEvent[]): Promise<Wish[]> {
  const told = events.flatMap((event): Omit<Wish, 'wishers'>[] => {
    const name = webhookEventOf(event.kind)
    return name ? [{ event, name }] : []
  })
  const subscriptions = await readSubscriptions(
    db,
    told.map(({ event }) => event.mailServerId),
  )
  const byMailServer = Map.groupBy(subscriptions, (subscription) => subscription.mailServerId)
  return told.flatMap(({ event, name }): Wish[] => {
    const wishers = (byMailServer.get(event.mailServerId) ?? []).filter((subscription) => wants(subscription, name))
    return wishers.length > 0 ? [{ event, name, wishers }] : []
  })
}

/** All events means Postal's: newer ones come by name only. */
const wants = ({ allEvents, events }: Subscription, name: WebhookEvent): boolean =>
  events.includes(name) || (allEvents && POSTAL_WEBHOOK_EVENTS.some((known) => known === name))

/** For events that are of no message. */
async function readMailServers(directory: FanOutOptions['directory'], events: readonly OutboxEvent[]): Promise<Map<number, MailServer>> {
  const ids = new Set(events.filter((event) => event.messageId === null).map((event) => event.mailServerId))
  const found = await Promise.all([...ids].map((id) => directory.mailServer(id)))
  return new Map(found.flatMap((mailServer) => (mailServer ? [[mailServer.id, mailServer]] : [])))
}

/** The bytes that are made here are those that every attempt sends. */
function requestsOf(options: FanOutOptions, { event, name, wishers }: Wish, payload: Payload): NewWebhookRequest[] {
  const createdAt = options.clock()
  const retryUntil = new Date(createdAt.getTime() + RETRY_FOR_MS)
  const { id: eventId, mailServerId, messageId, sequence } = event
  return wishers.map(({ id: webhookId }) => {
    const uuid = newUuid(options.randomBytes)
    const order = messageId === null ? {} : { sequence }
    const envelope: Envelope = { event: name, timestamp: createdAt.getTime() / 1_000, payload, uuid, ...order }
    const body = JSON.stringify(envelope)
    return { id: options.newId(), mailServerId, webhookId, eventId, messageId, sequence, uuid, event: name, body, createdAt, retryUntil }
  })
}
