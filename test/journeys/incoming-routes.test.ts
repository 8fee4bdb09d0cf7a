/** Mail comes in and goes where its route says: accepted, held, bounced, or handed to an endpoint, as its findings allow. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { sealContext } from '@posthaste/core/domain/seals.ts'
import { createVault } from '@posthaste/core/domain/vault.ts'
import { readReport } from '@posthaste/core/mail/read-report.ts'
import type { SpamScanner, VirusScanner } from '@posthaste/core/net/inspectors/inspection.ts'
import { findInspection } from '@posthaste/core/store/inspections.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import {
  addAddressEndpoint,
  addHttpEndpoint,
  addRoute,
  addSmtpEndpoint,
  arrive,
  CLIENT_MAIL,
} from '@posthaste/test/support/incoming-mail.ts'
import { type IncomingSetting, testSigningKey } from '@posthaste/test/support/incoming-parts.ts'
import { makeDue } from '@posthaste/test/support/make-due.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { startWebhookReceiver, type WebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: Receiver
let app: WebhookReceiver
let engine: Engine | undefined
const vault = createVault(Buffer.alloc(32, 1))

const seal = generateKeyPairSync('rsa', { modulusLength: 2048 })
const sealRecord = `v=DKIM1; k=rsa; p=${seal.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({
    zone: {
      'client.test': { MX: ['10 mx.client.test'], TXT: ['v=spf1 ip4:127.0.0.1 -all'] },
      'mx.client.test': { A: ['127.0.0.1'] },
      'mailbox.test': { MX: ['10 mx.client.test'] },
      '_dmarc.client.test': { TXT: ['v=DMARC1; p=reject'] },
      'arc._domainkey.shop.test': { TXT: [sealRecord] },
    },
  })
  receiver = await startReceiver({ dns: dns.address, mailboxes: (address) => !address.startsWith('nobody') })
  app = await startWebhookReceiver({ publicKey: createPublicKey(testSigningKey()).export({ type: 'spki', format: 'pem' }).toString() })
})

afterEach(async () => {
  await engine?.[Symbol.asyncDispose]()
  engine = undefined
  await app[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function start(incoming: IncomingSetting = {}, attemptsMax = 18): Promise<Engine> {
  engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, incoming, attemptsMax, vault })
  engine.work()
  return engine
}

const lastDetails = async (running: Engine, id: number) => (await running.deliveries(id)).at(-1)?.details

const change = (sql: string, values: unknown[] = []) => database.db.$client.query(sql, values)

describe('an HTTP endpoint', () => {
  it("gets Postal's payload with our signatures, and what we found out", async () => {
    await addHttpEndpoint(database.db, app.url)
    await addRoute(database.db, { endpoint: ['http', 1] })
    const running = await start()
    const message = await arrive(running, { endpoint: ['http', 1], rcptTo: 'help+77@shop.test' })
    await running.untilStatus(message.id, 'sent')
    const [request] = await app.received(1)
    expect(await lastDetails(running, message.id)).toBe(`Received a 200 from ${app.url}`)
    expect(request?.headers['content-type']).toBe('application/json')
    expect(request?.headers['user-agent']).toBe('Postal/3.3.6')
    expect(await request?.verify()).toMatchObject({ sha1: 'good', sha256: 'good' })
    const payload = request?.json() as Record<string, unknown>
    expect(Object.keys(payload)).toEqual([
      ...[
        'id',
        'rcpt_to',
        'mail_from',
        'token',
        'subject',
        'message_id',
        'timestamp',
        'size',
        'spam_status',
        'bounce',
        'received_with_ssl',
      ],
      ...['to', 'cc', 'from', 'date', 'in_reply_to', 'references', 'html_body', 'attachment_quantity', 'auto_submitted', 'reply_to'],
      ...['plain_body', 'attachments', 'authentication'],
    ])
    expect(payload).toMatchObject({
      ...{ id: message.id, rcpt_to: 'help+77@shop.test', mail_from: 'ana@client.test', token: message.token, message_id: 'm1@client.test' },
      ...{ size: String(CLIENT_MAIL.length), spam_status: 'NotSpam', bounce: false, received_with_ssl: true, cc: null, html_body: null },
      ...{ attachment_quantity: 0, reply_to: null, attachments: [], subject: 'Where is it?', from: 'Ana <ana@client.test>' },
      authentication: { spf: 'pass', dmarc: 'pass', arc: 'none' },
    })
    const inspection = await findInspection(database.db, 1, message.id)
    expect(inspection?.authentication).toMatchObject({ verdicts: { spf: 'pass', dmarc: 'pass' } })
    expect(running.faults).toEqual([])
  })

  it('is told by its own secret that mail is ours, and without RSA where it asks for none', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const secret_sealed = Buffer.from(vault.seal(Buffer.from(secret), sealContext.httpEndpointSecret(1)))
    await addHttpEndpoint(database.db, app.url, { secret_sealed, postal_signatures: false })
    await addRoute(database.db, { endpoint: ['http', 1] })
    const running = await start()
    app.trust({ secret })
    const message = await arrive(running, { endpoint: ['http', 1] })
    const [request] = await app.received(1)
    expect(await request?.verify()).toEqual({ sha1: 'absent', sha256: 'absent', kid: 'absent', standard: 'good' })
    expect(request?.headers['webhook-id']).toBe(message.token)
  })

  it('gets the raw mail with the headers that inspection adds', async () => {
    await addHttpEndpoint(database.db, app.url, { format: 'raw', encoding: 'form' })
    await addRoute(database.db, { endpoint: ['http', 1] })
    const running = await start()
    const message = await arrive(running, { endpoint: ['http', 1] })
    const [request] = await app.received(1)
    const form = request?.form()
    expect(form?.get('id')).toBe(String(message.id))
    expect(form?.get('base64')).toBe('true')
    const raw = Buffer.from(form?.get('message') ?? '', 'base64').toString()
    expect(form?.get('size')).toBe(String(raw.length))
    expect(raw).toMatch(
      /^X-Postal-Spam: no\r\nX-Postal-Spam-Threshold: 5\.0\r\nX-Postal-Spam-Score: 0\.0\r\nX-Postal-Threat: no\r\nAuthentication-Results: mx\.mail\.test;\r\n/,
    )
    expect(raw).toMatch(/spf=pass/)
    expect(raw.endsWith(CLIENT_MAIL)).toBe(true)
  })

  it('that refuses for good makes a real bounce to the sender, signed like other mail, from nobody', async () => {
    await addHttpEndpoint(database.db, app.url)
    await addRoute(database.db, { endpoint: ['http', 1] })
    app.answerAlways({ status: 404, body: 'no such customer' })
    const running = await start()
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, 'hard_failed')
    const mail = await receiver.mailTo('ana@client.test')
    expect(mail.mailFrom).toBe('')
    expect(await lastDetails(running, message.id)).toMatch(
      /^Received a 404 from http:\/\/127\.0\.0\.1:\d+\/\. Sent bounce message to sender \(see message <msg:\d+>\)$/,
    )
    const text = mail.raw.toString()
    expect(text).toMatch(/^From: Mail Delivery Service <help@shop\.test>\r$/m)
    expect(text).toMatch(/^Subject: Mail Delivery Failed \(Where is it\?\)\r$/m)
    expect(text).toMatch(/^Auto-Submitted: auto-replied\r$/m)
    expect(text).toContain('Content-Type: multipart/report; report-type=delivery-status')
    expect(text).toContain(
      `Message Token: ${message.token}@abcdef\r\nOrginal Message ID: m1@client.test\r\nMail from: ana@client.test\r\nRcpt To: help@shop.test`,
    )
    expect(readReport(mail.raw)).toMatchObject({
      kind: 'bounce',
      recipients: [{ address: 'help@shop.test' }],
      original: { messageIds: ['m1@client.test'] },
    })
  })

  it.each([
    ['429', 'soft_failed'],
    ['408', 'soft_failed'],
    ['425', 'soft_failed'],
    ['503', 'soft_failed'],
    ['500', 'soft_failed'],
    ['302', 'hard_failed'],
    ['410', 'hard_failed'],
  ] as const)('that answers %s leaves the message %s', async (status, expected) => {
    await addHttpEndpoint(database.db, app.url)
    await addRoute(database.db, { endpoint: ['http', 1] })
    app.answerAlways({ status: Number(status), headers: { 'retry-after': '1800' } })
    const running = await start()
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, expected)
    if (expected === 'hard_failed') return
    const [rows] = await change('SELECT due_at AS dueAt FROM queue_entries WHERE message_id = ?', [message.id])
    const dueAt = (rows as unknown as { dueAt: Date }[])[0]?.dueAt.getTime() ?? 0 // as selected
    expect((dueAt - Date.now()) / 60_000).toBeGreaterThan(28)
    expect((dueAt - Date.now()) / 60_000).toBeLessThan(35)
  })

  it('that nobody answers is tried again, and at the last attempt the sender is told', async () => {
    await addHttpEndpoint(database.db, 'http://127.0.0.1:1999/')
    await addRoute(database.db, { endpoint: ['http', 1] })
    const running = await start({}, 1)
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, 'soft_failed')
    expect(await lastDetails(running, message.id)).toMatch(/^Received a -2 from/)
    await makeDue(database.db)
    await running.untilStatus(message.id, 'hard_failed')
    expect(await lastDetails(running, message.id)).toMatch(
      /^Maximum number of delivery attempts \(1\) has been reached\. Bounce sent to sender \(see message <msg:\d+>\)$/,
    )
  })

  it('on a private address is not connected to', async () => {
    await addHttpEndpoint(database.db, app.url)
    await addRoute(database.db, { endpoint: ['http', 1] })
    const running = await start({ mayConnect: () => false })
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, 'soft_failed')
    expect(app.requests).toHaveLength(0)
  })
})

describe('an SMTP endpoint', () => {
  it('gets the mail for the recipient it came for, over TLS when offered', async () => {
    await addSmtpEndpoint(database.db, 'mx.client.test', receiver.port)
    await addRoute(database.db, { endpoint: ['smtp', 1] })
    const running = await start()
    const message = await arrive(running, { endpoint: ['smtp', 1], rcptTo: 'help+77@shop.test' })
    const mail = await receiver.mailTo('help+77@shop.test')
    expect(mail.mailFrom).toBe(`abcdef+${message.token}@rp.test`)
    expect(mail.tls).toMatch(/^TLS/)
    expect(mail.raw.toString()).toContain('X-Postal-Spam: no\r\n')
    await running.untilStatus(message.id, 'sent')
  })

  it("that refuses the recipient has its words quoted in the sender's bounce", async () => {
    await addSmtpEndpoint(database.db, 'mx.client.test', receiver.port)
    await addRoute(database.db, { endpoint: ['smtp', 1] })
    const running = await start()
    const message = await arrive(running, { endpoint: ['smtp', 1], rcptTo: 'nobody@shop.test' })
    await running.untilStatus(message.id, 'hard_failed')
    const bounce = await receiver.mailTo('ana@client.test')
    expect(readReport(bounce.raw)).toMatchObject({ kind: 'bounce', class: 'unknown_user', status: '5.1.1' })
  })
})

describe('an address endpoint', () => {
  it('gets the mail with our return path, SPF of ours, and an ARC seal over what we found', async () => {
    dns.set({ 'rp.test': { TXT: ['v=spf1 ip4:127.0.0.1 -all'] } })
    await addAddressEndpoint(database.db, 'ana@mailbox.test')
    await addRoute(database.db, { endpoint: ['address', 1] })
    const running = await start({ sealingKey: { domain: 'shop.test', selector: 'arc', key: seal.privateKey } })
    const message = await arrive(running, { endpoint: ['address', 1] })
    const mail = await receiver.mailTo('ana@mailbox.test')
    expect(mail.mailFrom).toBe(`abcdef+${message.token}@rp.test`)
    const { spf, details } = await mail.authenticate()
    expect(spf).toBe('pass')
    expect(details.arc).toMatchObject({ status: { result: 'pass' } })
    expect(mail.raw.toString()).toMatch(/ARC-Authentication-Results: i=1; mx\.mail\.test;/)
    expect(mail.raw.toString()).toMatch(/dmarc=pass/)
    await running.untilStatus(message.id, 'sent')
  })
})

describe('a route', () => {
  it.each([
    ['accept', 'processed', 'Message has been accepted but not sent to any endpoints.'],
    ['hold', 'held', 'Message has been accepted but not sent to any endpoints.'],
    ['bounce', 'hard_failed', /^Message has been bounced because the route asks for this\. See message <msg:\d+>$/],
    ['reject', 'hard_failed', /^Message has been bounced because the route asks for this\. See message <msg:\d+>$/],
    ['endpoint', 'hard_failed', 'Invalid endpoint for route.'],
  ] as const)('in the mode %s leaves mail %s', async (mode, status, details) => {
    await addRoute(database.db, { mode })
    const running = await start()
    const message = await arrive(running)
    await running.untilStatus(message.id, status)
    expect(await lastDetails(running, message.id)).toMatch(details)
  })

  it('that is gone fails its mail', async () => {
    const running = await start()
    const message = await arrive(running)
    await running.untilStatus(message.id, 'hard_failed')
    expect(await lastDetails(running, message.id)).toBe('Message does not have a route and/or endpoint available for delivery.')
  })

  it('in the mode hold lets go what a person releases', async () => {
    await addRoute(database.db, { mode: 'hold' })
    const running = await start()
    const message = await arrive(running, { manual: true })
    await running.untilStatus(message.id, 'processed')
    expect(await lastDetails(running, message.id)).toBe('Message has been processed.')
  })

  it('that is edited decides about mail that waits', async () => {
    await addHttpEndpoint(database.db, app.url)
    await addRoute(database.db, { endpoint: ['http', 1] })
    app.answerAlways(503)
    const running = await start()
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, 'soft_failed')
    await addRoute(database.db, { mode: 'accept' })
    await makeDue(database.db)
    await running.untilStatus(message.id, 'processed')
  })

  it('bounces nothing to a null sender, a mailing list or a forged sender', async () => {
    await addRoute(database.db, { mode: 'bounce' })
    const running = await start()
    const listed = await arrive(running, { raw: `List-Id: <l.client.test>\r\n${CLIENT_MAIL}` })
    const nobody = await arrive(running, { mailFrom: '' })
    dns.set({ 'client.test': { TXT: ['v=spf1 -all'], MX: ['10 mx.client.test'] } })
    const forged = await arrive(running, { raw: CLIENT_MAIL.replace('m1@', 'm2@') })
    for (const { id } of [listed, nobody, forged]) {
      await running.untilStatus(id, 'hard_failed')
      expect(await lastDetails(running, id)).toBe('Message has been bounced because the route asks for this.')
    }
    expect(receiver.mails).toHaveLength(0)
  })

  it('bounces nothing to a forged sender at the last attempt either', async () => {
    dns.set({ 'client.test': { TXT: ['v=spf1 -all'], MX: ['10 mx.client.test'] } })
    await addHttpEndpoint(database.db, 'http://127.0.0.1:1999/')
    await addRoute(database.db, { endpoint: ['http', 1] })
    const running = await start({}, 1)
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, 'soft_failed')
    await makeDue(database.db)
    await running.untilStatus(message.id, 'hard_failed')
    expect(await lastDetails(running, message.id)).toBe('Maximum number of delivery attempts (1) has been reached.')
  })

  it('sends one address no more than ten bounces an hour', async () => {
    await addRoute(database.db, { mode: 'bounce' })
    const running = await start()
    const ids: number[] = []
    for (let n = 0; n < 13; n += 1) {
      const { id } = await arrive(running, { raw: CLIENT_MAIL.replace('m1@', `m${n}@`) })
      await running.untilStatus(id, 'hard_failed')
      ids.push(id)
    }
    const told = await Promise.all(ids.map((id) => lastDetails(running, id)))
    expect(told.filter((details) => details?.includes('See message'))).toHaveLength(10)
  })
})

describe('findings', () => {
  const spamOf =
    (score: number): SpamScanner =>
    () =>
      Promise.resolve({ kind: 'judged', score, checks: [{ name: 'TEST', score, description: 'said so' }] })
  const infected: VirusScanner = () => Promise.resolve({ kind: 'infected', details: 'Eicar-Test-Signature' })

  it.each([
    ['mark', 'processed', /accepted/],
    ['quarantine', 'held', 'Message placed into quarantine.'],
    ['fail', 'hard_failed', 'Message is spam and the route specifies it should be failed.'],
  ] as const)('of spam end as the route says: %s', async (mode, status, details) => {
    await addRoute(database.db, { mode: 'accept', spamMode: mode })
    const running = await start({ scanners: { spam: spamOf(5.01) } })
    const message = await arrive(running)
    await running.untilStatus(message.id, status)
    expect(await lastDetails(running, message.id)).toMatch(details)
    expect(await findInspection(database.db, 1, message.id)).toMatchObject({ spamScore: 5.01, checks: [{ name: 'TEST' }] })
  })

  it('at the threshold itself are no spam', async () => {
    await addRoute(database.db, { mode: 'accept', spamMode: 'fail' })
    const running = await start({ scanners: { spam: spamOf(5) } })
    const message = await arrive(running)
    await running.untilStatus(message.id, 'processed')
  })

  it("at the mail server's failure threshold fail, also what a person released", async () => {
    await addRoute(database.db, { mode: 'accept' })
    const running = await start({ scanners: { spam: spamOf(20) } })
    const message = await arrive(running, { manual: true })
    await running.untilStatus(message.id, 'hard_failed')
    expect(await lastDetails(running, message.id)).toBe(
      "Message's spam score is higher than the failure threshold for this server. Threshold is currently 20.0.",
    )
  })

  it.each([
    ['hold', 'held'],
    ['fail', 'hard_failed'],
    ['mark', 'processed'],
  ] as const)("of a virus end as the mail server's policy says: %s", async (mode, status) => {
    await change('UPDATE mail_servers SET virus_mode = ?', [mode])
    await addRoute(database.db, { mode: 'accept' })
    const running = await start({ scanners: { virus: infected } })
    const message = await arrive(running)
    await running.untilStatus(message.id, status)
    expect(await findInspection(database.db, 1, message.id)).toMatchObject({ threat: true, threatDetails: 'Eicar-Test-Signature' })
  })

  it('that no scanner gives are waited for, or done without, as the operator says', async () => {
    await addRoute(database.db, { mode: 'accept' })
    const away: SpamScanner = () => Promise.resolve({ kind: 'unavailable', check: { name: 'ERROR', score: 0, description: 'gone' } })
    const waiting = await start({ scanners: { spam: away }, outage: 'defer' })
    const message = await arrive(waiting)
    await waiting.untilStatus(message.id, 'soft_failed')
    await waiting[Symbol.asyncDispose]()
    const going = await start({ scanners: { spam: away }, outage: 'accept' })
    await makeDue(database.db)
    await going.untilStatus(message.id, 'processed')
  })

  it.each([
    ['a higher threshold', 'UPDATE mail_servers SET spam_threshold = 9', 'sent', 'NotSpam'],
    ['a lower failure threshold', 'UPDATE mail_servers SET spam_failure_threshold = 5.5', 'hard_failed', undefined],
    ['a stricter route', "UPDATE routes SET spam_mode = 'quarantine'", 'held', undefined],
    ['nothing changed', 'UPDATE mail_servers SET spam_threshold = spam_threshold', 'sent', 'Spam'],
  ])('are judged anew for mail that waits: %s', async (_what, sql, status, word) => {
    await addHttpEndpoint(database.db, app.url)
    await addRoute(database.db, { endpoint: ['http', 1] })
    app.answerNext(503)
    const running = await start({ scanners: { spam: spamOf(6) } })
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, 'soft_failed')
    await change(sql)
    await change('UPDATE queue_entries SET due_at = NOW(3)')
    await running.untilStatus(message.id, status as 'sent')
    const words = (await app.received(1)).map((request) => (request.json() as { spam_status: string }).spam_status)
    expect(words).toEqual(['Spam', ...(word ? [word] : [])])
  })

  it('of a virus follow the policy of now when mail is tried again', async () => {
    await change("UPDATE mail_servers SET virus_mode = 'mark'")
    await addHttpEndpoint(database.db, app.url)
    await addRoute(database.db, { endpoint: ['http', 1] })
    app.answerNext(503)
    const running = await start({ scanners: { virus: infected } })
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, 'soft_failed')
    await change("UPDATE mail_servers SET virus_mode = 'fail'")
    await change('UPDATE queue_entries SET due_at = NOW(3)')
    await running.untilStatus(message.id, 'hard_failed')
    expect(await lastDetails(running, message.id)).toBe('Message contains a threat: Eicar-Test-Signature')
  })

  it('that a scanner did not give are asked for again when mail is tried again', async () => {
    let up = false
    const spam: SpamScanner = (scanned) =>
      up ? spamOf(25)(scanned) : Promise.resolve({ kind: 'unavailable', check: { name: 'TIMEOUT', score: 0, description: 'slow' } })
    await addHttpEndpoint(database.db, app.url)
    await addRoute(database.db, { endpoint: ['http', 1] })
    app.answerNext(503)
    const running = await start({ scanners: { spam } })
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, 'soft_failed')
    expect(await lastDetails(running, message.id)).toBe(
      `Received a 503 from ${app.url} (It was not inspected, because a scanner did not answer.)`,
    )
    up = true
    await change('UPDATE queue_entries SET due_at = NOW(3)')
    await running.untilStatus(message.id, 'hard_failed')
    expect(await findInspection(database.db, 1, message.id)).toMatchObject({ spamScore: 25, incomplete: false })
  })

  it('are not looked for twice', async () => {
    let asked = 0
    const counting: SpamScanner = (scanned) => {
      asked += 1
      return spamOf(1)(scanned)
    }
    await addHttpEndpoint(database.db, app.url)
    await addRoute(database.db, { endpoint: ['http', 1] })
    app.answerNext(503)
    const running = await start({ scanners: { spam: counting } })
    const message = await arrive(running, { endpoint: ['http', 1] })
    await running.untilStatus(message.id, 'soft_failed')
    await makeDue(database.db)
    await running.untilStatus(message.id, 'sent')
    expect(asked).toBe(1)
  })
})

describe('a mail server', () => {
  it('in development mode holds what comes in until a person releases it', async () => {
    await change("UPDATE mail_servers SET mode = 'development'")
    await addRoute(database.db, { mode: 'accept' })
    const running = await start()
    const held = await arrive(running)
    const released = await arrive(running, { manual: true })
    await running.untilStatus(held.id, 'held')
    expect(await lastDetails(running, held.id)).toBe('Server is in development mode.')
    await running.untilStatus(released.id, 'processed')
  })

  it('that is suspended holds what comes in', async () => {
    await change('UPDATE mail_servers SET suspended_at = NOW(3)')
    await addRoute(database.db, { mode: 'accept' })
    const running = await start()
    const message = await arrive(running)
    await running.untilStatus(message.id, 'held')
  })
})
