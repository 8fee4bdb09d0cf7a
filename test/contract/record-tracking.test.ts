/** What becomes of tracking events in the database: each visit once, and only on messages that are their mail server's. */

import { randomBytes } from 'node:crypto'
import { createIds } from '@posthaste/core/domain/ids.ts'
import { endsBySuccess } from '@posthaste/core/domain/suppression.ts'
import { createTrackingRecorder, type RecordTrackingEvents } from '@posthaste/core/events/record-tracking.ts'
import { ingestRoutes } from '@posthaste/core/http/ingest/routes.ts'
import { createIntake } from '@posthaste/core/intake/accept.ts'
import { eventsOfMessage } from '@posthaste/core/store/events.ts'
import { findMessage } from '@posthaste/core/store/messages.ts'
import { hourlyStatistics } from '@posthaste/core/store/statistics.ts'
import { addSuppressions, findSuppressions, removeSuppression } from '@posthaste/core/store/suppressions.ts'
import { inTransaction } from '@posthaste/core/store/transaction.ts'
import { createUlids } from '@posthaste/edge/new-ulid.ts'
import { signBatch } from '@posthaste/shared/tracking/batch.ts'
import type { TrackingEvent } from '@posthaste/shared/tracking/event.ts'
import { linkToken } from '@posthaste/shared/tracking/link-token.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keys } from './tracking-runtimes.ts'

const clock = () => new Date('2026-11-21T12:00:00.000Z')
const at = (minute: number) => Date.UTC(2026, 10, 21, 11, minute)
const newUlid = createUlids(clock)
const newId = createIds({ node: 1, clock })

let database: TestDatabase
let record: RecordTrackingEvents
let mailServerId = 40
let messageId = 0

/** A message of a mail server that no other test uses. */
async function newMessage(): Promise<void> {
  mailServerId += 1
  const intake = createIntake({ db: database.db, node: 1, newId, clock, randomBytes })
  const raw = Buffer.from('From: a@example.com\r\nTo: b@example.net\r\nSubject: s\r\n\r\nhello\r\n')
  const recipients = [{ scope: 'outgoing' as const, rcptTo: 'b@example.net', mailFrom: 'a@example.com', domainId: null }]
  const receipt = await intake.accept({ mailServerId, raw, receivedWithTls: false, credentialId: null, recipients })
  messageId = receipt.messages[0]?.id ?? 0
}

const newEvent = (more: Partial<TrackingEvent> = {}): TrackingEvent => ({
  id: newUlid(),
  kind: 'opened',
  at: at(5),
  mailServerId,
  messageId,
  link: 0,
  host: 'track.example.com',
  ipAddress: '192.0.2.1',
  userAgent: 'Mozilla/5.0 (X11)',
  automated: false,
  ...more,
})

const recorded = () => eventsOfMessage(database.db, messageId)
const message = () => findMessage(database.db, mailServerId, messageId)
async function counts() {
  const hours = await hourlyStatistics(database.db, mailServerId, new Date(at(0)))
  const hour = hours.find((one) => one.hour.getTime() === at(0))
  return { opened: Number(hour?.opened ?? 0), clicked: Number(hour?.clicked ?? 0) }
}

beforeAll(async () => {
  database = await createTestDatabase()
  record = createTrackingRecorder({ db: database.db, node: 1, newId, clock })
})
afterAll(() => database[Symbol.asyncDispose]())

describe('a visit', () => {
  it('becomes events in order, times on the message and statistics', async () => {
    await newMessage()
    const click = newEvent({ kind: 'clicked', at: at(6), link: 3, url: 'https://example.com/日本', country: 'NZ' })
    expect(await record({ events: [newEvent(), click] })).toEqual({ recorded: 2, repeated: 0, ignored: 0 })
    const [opened, clicked] = await recorded()
    expect(opened).toMatchObject({ sequence: 1, kind: 'opened', at: new Date(at(5)), mailServerId })
    expect(opened?.data).toEqual({ ipAddress: '192.0.2.1', userAgent: 'Mozilla/5.0 (X11)', automated: false })
    expect(clicked).toMatchObject({ sequence: 2, kind: 'clicked' })
    expect(clicked?.data).toMatchObject({ url: 'https://example.com/日本', linkToken: linkToken(messageId, 3), country: 'NZ' })
    expect(await message()).toMatchObject({ openedAt: new Date(at(5)), clickedAt: new Date(at(6)) })
    expect(await counts()).toEqual({ opened: 1, clicked: 1 })
  })

  it('counts once, however often it is told, within a batch, in later ones and at the same time', async () => {
    await newMessage()
    const event = newEvent()
    const batch = { events: [event, event, newEvent()] }
    const answers = await Promise.all(Array.from({ length: 6 }, () => record(batch)))
    expect(answers.reduce((sum, answer) => sum + answer.recorded, 0)).toBe(2)
    expect(await record(batch)).toEqual({ recorded: 0, repeated: 3, ignored: 0 })
    expect(await recorded()).toHaveLength(2)
    expect(await counts()).toEqual({ opened: 2, clicked: 0 })
  })

  it('keeps the first open and the last click, in whatever order they are told', async () => {
    await newMessage()
    const opens = [at(9), at(7), at(8)].map((time) => newEvent({ at: time }))
    const clicks = [at(2), at(4), at(3)].map((time) => newEvent({ at: time, kind: 'clicked', link: 1, url: 'https://example.com/' }))
    for (const event of [...opens, ...clicks]) await record({ events: [event] })
    expect(await message()).toMatchObject({ openedAt: new Date(at(7)), clickedAt: new Date(at(4)) })
  })

  it('to a message of another mail server, or of none, leaves no trace', async () => {
    await newMessage()
    const strays = [
      newEvent({ mailServerId: mailServerId + 1_000 }),
      newEvent({ messageId: 7 }),
      newEvent({ kind: 'redirected', messageId: 0, url: 'https://example.com/' }),
    ]
    expect(await record({ events: strays })).toEqual({ recorded: 0, repeated: 0, ignored: 3 })
    expect(await recorded()).toEqual([])
    expect(await message()).toMatchObject({ openedAt: null, clickedAt: null })
    expect(await counts()).toEqual({ opened: 0, clicked: 0 })
  })
})

describe('whoever unsubscribes', () => {
  const unsubscribed = () => newEvent({ kind: 'unsubscribed', at: at(8), automated: true })
  const suppressed = () => findSuppressions(database.db, mailServerId, ['b@example.net'], new Date('2999-01-01'))

  it('is suppressed for ever on that mail server alone, also when a mail program asked for them', async () => {
    await newMessage()
    expect(await record({ events: [unsubscribed(), unsubscribed()] })).toEqual({ recorded: 2, repeated: 0, ignored: 0 })
    const facts = { address: 'b@example.net', reason: 'unsubscribed', source: 'unsubscribe', keepUntil: null, createdAt: new Date(at(8)) }
    expect(await suppressed()).toEqual([expect.objectContaining(facts)])
    expect(await findSuppressions(database.db, mailServerId - 1, ['b@example.net'], clock())).toEqual([])
    expect(endsBySuccess('unsubscribed')).toBe(false)
  })

  it('stays so when a bounce ended sooner, and may be mailed again once a person says so', async () => {
    await newMessage()
    const bounce = { id: newId(), mailServerId, address: 'b@example.net', reason: 'mailbox full', source: 'bounce' as const }
    await inTransaction(database.db, (tx) => addSuppressions(tx, [{ ...bounce, keepUntil: new Date(at(59)), createdAt: new Date(at(1)) }]))
    const event = unsubscribed()
    await record({ events: [event] })
    expect(await suppressed()).toMatchObject([{ reason: 'unsubscribed', keepUntil: null }])
    await removeSuppression(database.db, { mailServerId, address: 'b@example.net' })
    expect(await record({ events: [event] })).toMatchObject({ repeated: 1 })
    expect(await suppressed()).toEqual([])
  })

  it('of another mail server leaves no trace', async () => {
    await newMessage()
    await record({ events: [newEvent({ kind: 'unsubscribed', mailServerId: mailServerId + 1_000 })] })
    expect(await suppressed()).toEqual([])
  })
})

describe('the core', () => {
  const app = () => ingestRoutes({ keys, clock, recordTrackingEvents: record })
  const post = (body: string, type = 'application/jose') =>
    app().request('/ingest/events', { method: 'POST', headers: { 'Content-Type': type }, body })

  it('records a batch that the edge signed, once', async () => {
    await newMessage()
    const jws = await signBatch(keys, { events: [newEvent()] }, clock())
    const first = await post(jws)
    expect([first.status, await first.json()]).toEqual([200, { recorded: 1, repeated: 0, ignored: 0 }])
    expect(await (await post(jws)).json()).toEqual({ recorded: 0, repeated: 1, ignored: 0 })
  })

  it('takes nothing that the edge did not sign just now', async () => {
    await newMessage()
    const batch = { events: [newEvent()] }
    const late = await signBatch(keys, batch, new Date(clock().getTime() - 10 * 60_000))
    const foreign = await signBatch({ current: 1, keys: new Map([[1, new Uint8Array(32).fill(8)]]) }, batch, clock())
    for (const jws of [late, foreign, 'nonsense', '']) expect((await post(jws)).status).toBe(401)
    expect((await post(JSON.stringify(batch), 'application/json')).status).toBe(415)
    expect((await post('x'.repeat(1024 * 1024 + 1))).status).toBe(413)
    expect((await post(await signBatch(keys, { events: [] }, clock()))).status).toBe(400)
    expect(await recorded()).toEqual([])
  })
})
