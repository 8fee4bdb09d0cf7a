/** Outgoing mail in front of a real spamd and clamd, for mail servers that ask for it. */

import { changeMessages } from '@posthaste/core/manage/messages.ts'
import { createClamav } from '@posthaste/core/net/inspectors/clamav.ts'
import type { SpamScanner, VirusScanner } from '@posthaste/core/net/inspectors/inspection.ts'
import { createSpamd } from '@posthaste/core/net/inspectors/spamd.ts'
import { findInspection } from '@posthaste/core/store/inspections.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, MAIL_SERVER_ID, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { makeDue } from '@posthaste/test/support/make-due.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { manageOn } from '@posthaste/test/support/verbs.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CLAMD, EICAR, GTUBE, type RunningScanner, SPAMD, startClamd, startSpamd } from './scanner-programs.ts'

let database: TestDatabase
let dns: DnsServer
let receiver: Receiver
let spamd: RunningScanner
let clamd: RunningScanner
let engine: Engine
/** Subjects of what spamd was asked about. */
const asked: string[] = []

const spam: SpamScanner = (scanned) => {
  asked.push(/^Subject: (.*)\r$/m.exec(scanned.raw.toString())?.[1] ?? '')
  return createSpamd({ host: '127.0.0.1', port: spamd.port, timeoutMs: 30_000 })(scanned)
}
const virus: VirusScanner = (raw) => createClamav({ host: '127.0.0.1', port: clamd.port, timeoutMs: 30_000 })(raw)

const mail = (subject: string, body: string): Buffer =>
  Buffer.from(`From: a@shop.test\r\nTo: ana@receiver.test\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@shop.test>\r\n\r\n${body}\r\n`)

const ask = (columns: object) => database.db.$client.query('UPDATE mail_servers SET ? WHERE id = 1', [columns])

async function send(subject: string, body: string, rcptTo: readonly string[] = ['ana@receiver.test']): Promise<number[]> {
  const { messages } = await engine.send(rcptTo, mail(subject, body))
  return messages.map(({ id }) => id)
}

const inspection = (id: number) => findInspection(database.db, MAIL_SERVER_ID, id)
const startWith = (outage: 'accept' | 'defer') =>
  startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, incoming: { scanners: { spam, virus }, outage } })

const letGo = (verb: 'release' | 'redeliver', id: number) =>
  changeMessages(manageOn(database.db), verb, { mailServerId: MAIL_SERVER_ID, ids: [id] })

describe.skipIf(!SPAMD || !CLAMD)('outgoing mail', () => {
  beforeAll(async () => {
    ;[spamd, clamd] = await Promise.all([startSpamd(), startClamd()])
    database = await createTestDatabase()
    await seedSender(database.db)
    dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } } })
    receiver = await startReceiver({ dns: dns.address })
    engine = await startWith('accept')
    engine.work()
  }, 150_000)
  afterAll(async () => {
    for (const one of [engine, receiver, dns, database, clamd, spamd]) await one?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    asked.length = 0
    receiver.clear()
    await ask({ outbound_spam_threshold: 100, virus_mode: 'hold' })
  })

  it('that is spam fails, with Postal’s words, and is not released', async () => {
    const [id = 0] = await send('GTUBE', GTUBE)
    const message = await engine.untilStatus(id, 'hard_failed')
    const [delivery] = await engine.deliveries(id)
    expect(delivery?.details).toMatch(/^Message is likely spam\. Threshold is 100\.0 and the message scored (9|1\d)\d\d\.\d+\.$/)
    expect(await inspection(id)).toMatchObject({
      incomplete: false,
      checks: expect.arrayContaining([expect.objectContaining({ name: 'GTUBE' })]),
    })
    await letGo('redeliver', message.id)
    await until(async () => (await engine.deliveries(id)).length === 2, { what: 'a second delivery' })
    expect((await engine.untilStatus(id, 'hard_failed')).id).toBe(id)
    expect([asked, receiver.mails]).toEqual([['GTUBE'], []])
  })

  it('that is ordinary goes out, looked at once for all its recipients', async () => {
    const ids = await send('Order', 'It leaves our house today.', ['a@receiver.test', 'b@receiver.test', 'c@receiver.test'])
    for (const id of ids) {
      await engine.untilStatus(id, 'sent')
      expect(await inspection(id)).toMatchObject({ incomplete: false, threat: false, report: null })
    }
    expect(asked).toEqual(['Order'])
  })

  it('with a virus is held until a person lets it go', async () => {
    const [id = 0] = await send('EICAR', EICAR)
    await engine.untilStatus(id, 'held')
    expect((await engine.deliveries(id))[0]?.details).toMatch(/^Message contains a threat: Eicar-Test-Signature/)
    await letGo('release', id)
    await engine.untilStatus(id, 'sent')
  })

  it.each([
    ['fail', 'hard_failed'],
    ['mark', 'sent'],
  ] as const)('with a virus meets the mode %s', async (mode, status) => {
    await ask({ virus_mode: mode })
    const [id = 0] = await send(`EICAR ${mode}`, EICAR)
    await engine.untilStatus(id, status)
    expect(await inspection(id)).toMatchObject({ threat: true })
  })

  it('of a mail server that does not ask is shown to nobody', async () => {
    await ask({ outbound_spam_threshold: null })
    const [id = 0] = await send('unseen', GTUBE)
    await engine.untilStatus(id, 'sent')
    expect([asked, await inspection(id)]).toEqual([[], undefined])
  })

  it('goes on without a verdict while the scanner is away, or waits for it, as the installation says', async () => {
    const { port } = spamd
    await spamd[Symbol.asyncDispose]()
    const [unseen = 0] = await send('away', GTUBE)
    await engine.untilStatus(unseen, 'sent')
    expect(await inspection(unseen)).toMatchObject({
      incomplete: true,
      spamScore: 0,
      checks: [{ name: 'ERROR', score: 0, description: expect.any(String) }],
    })

    await engine[Symbol.asyncDispose]()
    engine = await startWith('defer')
    engine.work()
    const [waits = 0] = await send('waits', GTUBE)
    const entry = async () => {
      const [rows] = await database.db.$client.query('SELECT attempts, due_at > NOW(3) AS later FROM queue_entries WHERE message_id = ?', [
        waits,
      ])
      return (rows as unknown as { attempts: number; later: number }[])[0] // as selected
    }
    await until(async () => asked.includes('waits') && (await entry())?.later === 1, { what: 'the message to wait', timeoutMs: 15_000 })
    expect([await entry(), await inspection(waits)]).toEqual([{ attempts: 0, later: 1 }, undefined])
    const said = 'Message could not be inspected, because a scanner does not answer. It will be inspected later.'
    expect((await engine.deliveries(waits)).map(({ details }) => details)).toEqual([said])

    spamd = await startSpamd(port)
    await makeDue(database.db, { where: `message_id = ${waits}` })
    await engine.untilStatus(waits, 'hard_failed')
  }, 90_000)
})
