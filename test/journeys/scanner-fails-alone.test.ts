/** A mail that alone makes a scanner fail does not wait for ever: a person is asked. While the scanner is away for all, everything waits. */
import { changeMessages } from '@posthaste/core/manage/messages.ts'
import type { SpamScanner } from '@posthaste/core/net/inspectors/inspection.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, MAIL_SERVER_ID, SAMPLE, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addRoute, arrive, CLIENT_MAIL } from '@posthaste/test/support/incoming-mail.ts'
import { makeDue } from '@posthaste/test/support/make-due.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { manageOn } from '@posthaste/test/support/verbs.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const HOUR_MS = 3_600_000
const PUT_OFF = 'Message could not be inspected, because a scanner does not answer. It will be inspected later.'
const HELD = 'A scanner has failed on this message for a day, and answered about others. Once released, the message is inspected anew.'

let database: TestDatabase
let dns: DnsServer
let receiver: Receiver
let engine: Engine
let passedMs: number
let fails: (raw: string) => boolean
/** Of mail that hurts, how often a scanner was asked about it. */
let asked: number

const isPoison = (raw: string): boolean => raw.includes('poison')
const spam: SpamScanner = async ({ raw }) => {
  const text = raw.toString()
  if (isPoison(text)) asked += 1
  return fails(text)
    ? { kind: 'unavailable', check: { name: 'TIMEOUT', score: 0, description: 'slow' } }
    : { kind: 'judged', score: 0, checks: [] }
}

const startWith = (outage: 'accept' | 'defer') => {
  const clock = () => new Date(Date.now() + passedMs)
  return startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, clock, incoming: { scanners: { spam }, outage } })
}

beforeEach(async () => {
  ;[passedMs, fails, asked] = [0, isPoison, 0]
  database = await createTestDatabase()
  await seedSender(database.db)
  await addRoute(database.db, { mode: 'accept' })
  await database.db.$client.query('UPDATE mail_servers SET outbound_spam_threshold = 100 WHERE id = 1')
  dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } } })
  receiver = await startReceiver({ dns: dns.address })
})

afterEach(async () => {
  for (const one of [engine, receiver, dns, database]) await one[Symbol.asyncDispose]()
})

const send = async (word: string): Promise<number> =>
  (await engine.send(['ana@receiver.test'], Buffer.from(SAMPLE.toString().replace('Hello', word)))).messages[0]?.id ?? 0
const receive = async (word: string): Promise<number> => (await arrive(engine, { raw: CLIENT_MAIL.replace('Hello', word) })).id

const said = async (id: number) => (await engine.deliveries(id)).map(({ details }) => details)

const waits = (id: number) =>
  until(
    async () => {
      const [rows] = await database.db.$client.query(
        "SELECT 1 FROM queue_entries WHERE message_id = ? AND attempts = 0 AND state = 'ready' AND due_at > ?",
        [id, new Date(Date.now() + passedMs)],
      )
      return (rows as unknown as object[]).length === 1
    },
    { what: `message ${id} to wait`, timeoutMs: 15_000 },
  )

async function askedAgain(id: number): Promise<void> {
  const before = asked
  await makeDue(database.db, { where: `message_id = ${id}` })
  await until(() => asked > before, { what: 'the scanner to be asked again', timeoutMs: 15_000 })
}

describe.each([
  ['outgoing', send, 'sent'],
  ['incoming', receive, 'processed'],
] as const)('%s mail', (_scope, bring, done) => {
  it('that alone makes a scanner fail is held after a day, and inspected anew when a person lets it go', async () => {
    engine = await startWith('defer')
    engine.work()
    const id = await bring('poison')
    await waits(id)
    await engine.untilStatus(await bring('fine'), done)
    passedMs = 23 * HOUR_MS
    await engine.untilStatus(await bring('fine'), done)
    await askedAgain(id)
    await waits(id)
    expect(await said(id)).toEqual([PUT_OFF])
    passedMs = 25 * HOUR_MS
    await makeDue(database.db, { where: `message_id = ${id}` })
    await engine.untilStatus(id, 'held')
    expect(await said(id)).toEqual([PUT_OFF, HELD])

    fails = () => false
    await changeMessages(manageOn(database.db), 'release', { mailServerId: MAIL_SERVER_ID, ids: [id] })
    await engine.untilStatus(id, done)
    expect(engine.faults).toEqual([])
  }, 60_000)

  it('waits while the scanner answers about nothing, however long, and for an hour after', async () => {
    fails = () => true
    engine = await startWith('defer')
    engine.work()
    const id = await bring('poison')
    await waits(id)
    passedMs = 60 * HOUR_MS
    await askedAgain(id)
    await waits(id)
    fails = isPoison
    await engine.untilStatus(await bring('fine'), done)
    await askedAgain(id)
    await waits(id)
    expect(await said(id)).toEqual([PUT_OFF])
    passedMs = 61 * HOUR_MS + 60_000
    await engine.untilStatus(await bring('fine'), done)
    await makeDue(database.db, { where: `message_id = ${id}` })
    await engine.untilStatus(id, 'held')
  }, 60_000)

  it('says so when it went on without a verdict', async () => {
    engine = await startWith('accept')
    engine.work()
    const [poison, fine] = [await bring('poison'), await bring('fine')]
    await Promise.all([engine.untilStatus(poison, done), engine.untilStatus(fine, done)])
    expect((await said(poison)).at(-1)).toMatch(/\(It was not inspected, because a scanner did not answer\.\)$/)
    expect((await said(fine)).at(-1)).not.toContain('inspected')
  }, 30_000)
})
