/** Mail that is forwarded to another mailbox, judged there by mailauth: the author's strict DMARC must not undo it. RFC 7489 §6.6, RFC 8617 */
import { generateKeyPairSync } from 'node:crypto'
import { judgeSender } from '@posthaste/core/mail/authenticate.ts'
import { bodyHash } from '@posthaste/core/mail/dkim-canonical.ts'
import { type DkimSigner, signInput, signingInput } from '@posthaste/core/mail/dkim-sign.ts'
import { splitMail } from '@posthaste/core/mail/headers.ts'
import { readReport } from '@posthaste/core/mail/read-report.ts'
import { sealed } from '@posthaste/core/mail/seal.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, resolverAt, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addAddressEndpoint, addRoute, arrive, CLIENT_MAIL } from '@posthaste/test/support/incoming-mail.ts'
import { type ReceivedMail, type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const author = newKey()
const ours = newKey()
const earlier = newKey()
const record = ({ publicKey }: ReturnType<typeof newKey>) =>
  `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`

let database: TestDatabase
let dns: DnsServer
let target: Receiver
let engine: Engine

beforeAll(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({
    zone: {
      'client.test': { MX: ['10 mx.client.test'], TXT: ['v=spf1 ip4:127.0.0.1 -all'] },
      'mx.client.test': { A: ['127.0.0.1'] },
      '_dmarc.client.test': { TXT: ['v=DMARC1; p=reject; adkim=s; aspf=s'] },
      'author._domainkey.client.test': { TXT: [record(author)] },
      'mailbox.test': { MX: ['10 mx.client.test'] },
      'rp.test': { TXT: ['v=spf1 ip4:127.0.0.1 -all'] },
      'arc._domainkey.shop.test': { TXT: [record(ours)] },
      'arc._domainkey.list.test': { TXT: [record(earlier)] },
    },
  })
  target = await startReceiver({ dns: dns.address })
  await addAddressEndpoint(database.db, 'ana@mailbox.test')
  await addRoute(database.db, { endpoint: ['address', 1] })
  const sealingKey = { domain: 'shop.test', selector: 'arc', key: ours.privateKey }
  engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: target.port, incoming: { sealingKey } })
  engine.work()
})
beforeEach(() => target.clear())
afterAll(async () => {
  for (const one of [engine, target, dns, database]) await one?.[Symbol.asyncDispose]()
})

const raw = Buffer.from(CLIENT_MAIL)

const report = (rcptTo: string) => `From: MAILER-DAEMON@mx.mailbox.test
To: ${rcptTo}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mailbox.test

Final-Recipient: rfc822; ana@mailbox.test
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 <ana@mailbox.test> mailbox full
--b--
`

const feedback = (rcptTo: string) => `From: fbl@isp.test
To: ${rcptTo}
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: ISP/1
Version: 1
--b--
`

async function signedByAuthor(): Promise<Buffer> {
  const signer: DkimSigner = { domain: 'client.test', selector: 'author', key: author.privateKey }
  const signature = await signInput(signingInput(raw, bodyHash(raw.subarray(splitMail(raw).bodyStart))), [signer], new Date())
  return Buffer.concat([signature, raw])
}

async function forwarded(mail: Buffer): Promise<ReceivedMail> {
  await arrive(engine, { endpoint: ['address', 1], raw: mail.toString() })
  return target.mailTo('ana@mailbox.test')
}

const authResults = (mail: ReceivedMail, instance: number): string =>
  new RegExp(`^ARC-Authentication-Results: i=${instance}; mx\\.mail\\.test;(?:.*\\r\\n[ \\t])*.*`, 'm').exec(mail.raw.toString())?.[0] ?? ''

it('passes DMARC at the target when the author signs, for we leave the signed bytes alone', async () => {
  const mail = await forwarded(await signedByAuthor())
  const { spf, dmarc, dkim, details } = await mail.authenticate()
  expect({ spf, dmarc, dkim }).toEqual({
    spf: 'pass',
    dmarc: 'pass',
    dkim: [expect.objectContaining({ domain: 'client.test', result: 'pass' })],
  })
  expect(details.arc).toMatchObject({ status: { result: 'pass' } })
  expect(mail.mailFrom).toMatch(/^abcdef\+\w{16}@rp\.test$/)
})

it('brings along that DMARC passed here when the author has SPF alone, which no forwarding survives', async () => {
  const mail = await forwarded(raw)
  const { spf, dmarc, details } = await mail.authenticate()
  // SPF is that of our return path; SRS would not align it either.
  expect({ spf, dmarc }).toEqual({ spf: 'pass', dmarc: 'fail' })
  expect(details.arc).toMatchObject({ status: { result: 'pass' }, i: 1 })
  expect(authResults(mail, 1)).toMatch(/spf=pass[^;]*smtp\.mailfrom=ana@client\.test[\s\S]*dmarc=pass/)
})

it('says truly that DMARC failed here, when it did', async () => {
  const mail = await forwarded(Buffer.from(CLIENT_MAIL.replace('[127.0.0.1]', '[192.0.2.99]')))
  expect((await mail.authenticate()).details.arc).toMatchObject({ status: { result: 'pass' } })
  expect(authResults(mail, 1)).toMatch(/dmarc=fail/)
})

it('goes on with the chain of a forwarder before us', async () => {
  const resolver = resolverAt(dns.address)
  const resolve = (name: string, type: string) => resolver.resolve(name, type)
  const { header } = await judgeSender(raw, { mailFrom: 'ana@client.test', hostname: 'mx.list.test', resolve })
  const verdicts = header.replace(/^Authentication-Results:\s*/i, '').trim()
  const once = await sealed(raw, { domain: 'list.test', selector: 'arc', key: earlier.privateKey, verdicts, arc: 'none', at: new Date() })
  const mail = await forwarded(once)
  expect((await mail.authenticate()).details.arc).toMatchObject({ status: { result: 'pass' }, i: 2 })
  expect(authResults(mail, 2)).toMatch(/arc=pass/)
})

it('that is lost later is told to its author once, without naming the mailbox, and suppresses nobody', async () => {
  const message = await arrive(engine, { endpoint: ['address', 1] })
  const returnPath = (await target.mailTo('ana@mailbox.test')).mailFrom
  await engine.untilStatus(message.id, 'sent')
  const reports = await Promise.all(
    [1, 2].map(() => arrive(engine, { rcptTo: returnPath, mailFrom: '', raw: report(returnPath), routeId: null, bounce: true })),
  )
  await engine.untilStatus(message.id, 'bounced')
  for (const { id } of reports) await engine.untilStatus(id, 'processed')
  const told = await target.mailTo('ana@client.test')
  expect(readReport(told.raw)).toMatchObject({ kind: 'bounce', class: 'mailbox_full', status: '5.2.2' })
  expect(told.mailFrom).toBe('')
  expect(told.raw.toString()).not.toContain('ana@mailbox.test')
  const [rows] = await database.db.$client.query(
    'SELECT (SELECT COUNT(*) FROM messages WHERE rcpt_to = ?) AS bounces, (SELECT COUNT(*) FROM suppressions) AS suppressed',
    ['ana@client.test'],
  )
  expect(rows).toEqual([{ bounces: 1, suppressed: 0 }])
})

it('that its reader complains about suppresses nobody: it came for an address of ours', async () => {
  const message = await arrive(engine, { endpoint: ['address', 1] })
  const returnPath = (await target.mailTo('ana@mailbox.test')).mailFrom
  await engine.untilStatus(message.id, 'sent')
  const complaint = await arrive(engine, {
    rcptTo: returnPath,
    mailFrom: 'fbl@isp.test',
    raw: feedback(returnPath),
    routeId: null,
    bounce: true,
  })
  await engine.untilStatus(complaint.id, 'processed')
  expect((await engine.deliveries(complaint.id)).at(-1)?.details).toBe(`This has been detected as a complaint about <msg:${message.id}>.`)
  const [rows] = await database.db.$client.query('SELECT address FROM suppressions')
  expect(rows).toEqual([])
})
