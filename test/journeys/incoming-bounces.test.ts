/** A mail goes out, and later a report about it comes in by mail: marked, suppressed, told; or left alone. */
import { eventsOfMessage } from '@posthaste/core/store/events.ts'
import { findInspection } from '@posthaste/core/store/inspections.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { arrive } from '@posthaste/test/support/incoming-mail.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: Receiver
let engine: Engine

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } } })
  receiver = await startReceiver({ dns: dns.address })
  engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })
  engine.work()
})

afterEach(async () => {
  await engine[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function sent(rcptTo = 'ana@receiver.test') {
  const [message] = (await engine.send([rcptTo])).messages
  if (!message) throw new Error('nothing was accepted')
  await engine.untilStatus(message.id, 'sent')
  return message
}

type Told = {
  readonly action?: string
  readonly status?: string
  readonly said?: string
  readonly original?: string
  readonly address?: string
}

const dsn = ({
  action = 'failed',
  status = '5.1.1',
  said = '550 5.1.1 user unknown',
  original = '',
  address = 'ana@receiver.test',
}: Told = {}) => `From: MAILER-DAEMON@mx.receiver.test
To: someone@rp.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your mail.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.receiver.test

Final-Recipient: rfc822; ${address}
Action: ${action}
Status: ${status}
Diagnostic-Code: smtp; ${said}
--b
Content-Type: message/rfc822

${original || 'Subject: Hello'}

Hello
--b--
`

const report = (rcptTo: string, raw: string) => arrive(engine, { rcptTo, raw, mailFrom: '', bounce: true, routeId: null })

const suppressed = async (): Promise<{ address: string; source: string; reason: string }[]> => {
  const [rows] = await database.db.$client.query('SELECT address, source, reason FROM suppressions')
  return rows as unknown as { address: string; source: string; reason: string }[] // as selected
}

describe('a bounce that comes by mail', () => {
  it('marks its message as bounced, suppresses the recipient, and says where it was read', async () => {
    const original = await sent()
    const bounce = await report(`abcdef+${original.token}@rp.test`, dsn())
    await engine.untilStatus(original.id, 'bounced')
    const processed = await engine.untilStatus(bounce.id, 'processed')

    expect(processed).toMatchObject({ bounceForId: original.id, domainId: 1 })
    expect((await engine.deliveries(bounce.id)).at(-1)?.details).toBe(
      `This has been detected as a bounce message for <msg:${original.id}>.`,
    )
    expect((await engine.deliveries(original.id)).at(-1)).toMatchObject({
      status: 'bounced',
      details: `We've received a bounce message for this e-mail. See <msg:${bounce.id}> for details.`,
    })
    expect((await eventsOfMessage(database.db, original.id)).at(-1)).toMatchObject({
      kind: 'bounced',
      data: { bounceMessageId: bounce.id, bounceType: 'hard', smtpCode: '5.1.1', diagnostic: '550 5.1.1 user unknown' },
    })
    expect(await suppressed()).toEqual([{ address: 'ana@receiver.test', source: 'bounce', reason: 'unknown user' }])
    const inspection = await findInspection(database.db, 1, bounce.id)
    expect(inspection?.report).toMatchObject({ kind: 'bounce', class: 'unknown_user', foundBy: 'delivery_status' })
    expect(engine.faults).toEqual([])
  })

  it('is found by X-Postal-MsgID when it comes to the bare return path', async () => {
    const original = await sent()
    await report('abcdef@rp.test', dsn({ original: `X-Postal-MsgID: ${original.token}` }))
    await engine.untilStatus(original.id, 'bounced')
  })

  it('is found by Message-ID and recipient when nothing else is left', async () => {
    const original = await sent()
    await report('abcdef@rp.test', dsn({ original: 'Message-ID: <1@shop.test>' }))
    await engine.untilStatus(original.id, 'bounced')
  })

  it('suppresses nobody when our own address was blocked', async () => {
    const original = await sent()
    await report(`abcdef+${original.token}@rp.test`, dsn({ status: '5.7.1', said: '550 5.7.1 Client host blocked using Spamhaus' }))
    await engine.untilStatus(original.id, 'bounced')
    expect(await suppressed()).toEqual([])
  })

  it('marks its message once, however often it comes', async () => {
    const original = await sent()
    const first = await report(`abcdef+${original.token}@rp.test`, dsn())
    await engine.untilStatus(first.id, 'processed')
    const again = await report(`abcdef+${original.token}@rp.test`, dsn())
    await engine.untilStatus(again.id, 'processed')
    expect((await eventsOfMessage(database.db, original.id)).filter(({ kind }) => kind === 'bounced')).toHaveLength(1)
  })

  it('touches no message of another mail server', async () => {
    const original = await sent()
    await database.db.$client.query('UPDATE messages SET mail_server_id = 2 WHERE id = ?', [original.id])
    const bounce = await report('abcdef@rp.test', dsn({ original: `X-Postal-MsgID: ${original.token}` }))
    await engine.untilStatus(bounce.id, 'hard_failed')
    expect((await engine.deliveries(bounce.id)).at(-1)?.details).toBe(
      "This message was a bounce but we couldn't link it with any outgoing message and there was no route for it.",
    )
  })
})

describe('a report that is no bounce', () => {
  it.each([
    ['a delay notice', dsn({ action: 'delayed', status: '4.4.1', said: '421 try later' }), 'a delay notice for'],
    [
      'a vacation note',
      'From: ana@receiver.test\nSubject: Automatic reply: Hello\nAuto-Submitted: auto-replied\n\nI am away.\n',
      'an automatic reply to',
    ],
    [
      'a challenge',
      'From: ana@receiver.test\nSubject: Please confirm your message\nAuto-Submitted: auto-replied\n\nClick the link below to confirm that you are human and deliver your message.\n',
      'a request to confirm the sender of',
    ],
  ])('leaves the message as it was: %s', async (_what, raw, words) => {
    const original = await sent()
    const arrived = await report(`abcdef+${original.token}@rp.test`, raw)
    await engine.untilStatus(arrived.id, 'processed')
    expect((await engine.deliveries(arrived.id)).at(-1)?.details).toBe(`This has been detected as ${words} <msg:${original.id}>.`)
    await engine.untilStatus(original.id, 'sent')
    expect(await suppressed()).toEqual([])
  })
})

describe('a complaint', () => {
  it('suppresses who complained and is told as an event', async () => {
    const original = await sent()
    const arf = `From: fbl@isp.test
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is an email abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: ISP/1
Version: 1
Original-Rcpt-To: ana@receiver.test
--b
Content-Type: message/rfc822

X-Postal-MsgID: ${original.token}
Subject: Hello

Hello
--b--
`
    const complaint = await report('abcdef@rp.test', arf)
    await engine.untilStatus(complaint.id, 'processed')
    expect((await eventsOfMessage(database.db, original.id)).at(-1)).toMatchObject({
      kind: 'complained',
      data: { complaintMessageId: complaint.id, feedbackType: 'abuse' },
    })
    expect(await suppressed()).toEqual([{ address: 'ana@receiver.test', source: 'complaint', reason: 'complaint' }])
    const [next] = (await engine.send(['Ana@receiver.test'])).messages
    await engine.untilStatus(next?.id ?? 0, 'held')
  })
})
