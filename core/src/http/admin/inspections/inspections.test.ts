/** A mail that somebody brings is inspected as API and command line inspect it; what is no mail, too large or too much is a mistake of the form. */
import { readFile } from 'node:fs/promises'
import { type AdminSite, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const CORPUS = new URL('../../../../../test/corpus/bounces/', import.meta.url)

let site: AdminSite
let reader: Visitor
let bounce: Buffer

beforeAll(async () => {
  site = await startAdminSite({ env: { SMTP_SERVER_MAX_MESSAGE_SIZE: '1' } })
  reader = await visitorOf(site, { name: 'Rita Reader', in: [await site.tenant('Acme'), 'reader'] })
  bounce = await readFile(new URL('001-postfix-unknown.eml', CORPUS))
}, 60_000)
afterAll(() => site[Symbol.asyncDispose]())

type Sent = {
  readonly file?: BlobPart
  readonly name?: string
  readonly fields?: Record<string, string>
  readonly headers?: Record<string, string>
  readonly visitor?: Visitor
}

/** As a browser sends it: with a file always, which has no name when none was chosen. */
async function send({ file, name = 'bounce.eml', fields = {}, headers = {}, visitor = reader }: Sent) {
  const token = /name="form_token" value="([^"]+)"/.exec((await visitor.get('/inspections')).body)?.[1] ?? ''
  const form = new FormData()
  for (const [key, value] of Object.entries({ form_token: token, ...fields })) form.set(key, value)
  form.set('file', file === undefined ? new File([], '') : new File([file], name))
  const cookie = [...visitor.cookies].map(([key, value]) => `${key}=${value}`).join('; ')
  const init = { method: 'POST', body: form, redirect: 'manual', headers: { origin: site.url, cookie, ...headers } } as const
  const answer = await fetch(`${site.url}/inspections`, init)
  const body = await answer.text()
  return { status: answer.status, headers: answer.headers, body, words: words(body) }
}

const words = (body: string): string =>
  body
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')

const counts = async (): Promise<unknown> => {
  const tables = ['raw_mails', 'messages', 'message_inspections', 'suppressions', 'audit_entries']
  const [rows] = await site.web.db.$client.query(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (?)`,
    [tables],
  )
  const named = (rows as unknown as { name: string }[]).map(({ name }) => name) // as selected
  expect(named.length).toBeGreaterThan(2)
  return Promise.all(named.map(async (name) => (await site.web.db.$client.query(`SELECT COUNT(*) AS n FROM ${name}`))[0]))
}

describe('a mail', () => {
  it('is told with kind, reason, recipients and who sent it, and nothing of it is stored', async () => {
    const before = await counts()
    const { status, words: seen, headers } = await send({ file: new Uint8Array(bounce) })
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(seen).toMatch(/bounce\.eml , 2\.\d KB Bounce\. It tells that a mail could not be delivered\. Known by its delivery status part/)
    expect(seen).toMatch(/Reason The mailbox does not exist\. \(unknown_user\) Permanent yes Status 5\.1\.1 Diagnostic/)
    expect(seen).toContain('permanent and about the recipient: to be suppressed')
    expect(seen).toMatch(/Who sent it SPF \w+ DKIM .* DMARC \w+ ARC none/)
    expect(await counts()).toEqual(before)
  })

  it('may be pasted, with its envelope, and without look-ups', async () => {
    const source = `\r\n\r\nFrom MAILER-DAEMON Sat Nov 21 17:00:00 2026\r\n${bounce.toString('latin1')}`
    const { status, words: seen, body } = await send({ fields: { source, rcpt_to: '3w3+abcdef@rp.test', offline: 'yes' } })
    expect(status).toBe(200)
    expect(seen).toMatch(/The pasted source , .* Bounce\. .* Who sent it Not looked up\./)
    expect(body).toContain('value="3w3+abcdef@rp.test"')
    expect(body).toMatch(/<textarea[^>]*>\n[^<]*MAILER-DAEMON/)
  })

  it('that complains says so of its recipients', async () => {
    const report = 'Feedback-Type: abuse\r\nUser-Agent: P/1\r\nVersion: 1\r\nOriginal-Rcpt-To: ana@provider.example\r\n'
    const head = 'From: fbl@provider.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n'
    const { words: seen } = await send({ file: `${head}--b\r\nContent-Type: message/feedback-report\r\n\r\n${report}\r\n--b--\r\n` })
    expect(seen).toMatch(/Complaint\. .* ana@provider\.example Has marked a mail as spam\. to be suppressed, if the mail was ours/)
    expect(seen).not.toContain('refuses')
  })

  it('is shown as text, whatever is in it', async () => {
    const file =
      'From: a@b.test\r\nX-Failed-Recipients: <script>alert(1)</script>@b.test\r\nSubject: Undelivered\r\n\r\n550 5.1.1 <b>no</b>\r\n'
    const { status, body } = await send({ file, name: '<i>.eml', fields: { source: '</textarea><b>x</b>', mail_from: '"><i>' } })
    expect(status).toBe(200)
    for (const raw of ['<script>alert', '<b>x</b>', '<b>no</b>', '<i>']) expect(body).not.toContain(raw)
  })
})

describe('a mistake', () => {
  it.each([
    ['nothing at all', {}, 'Choose a file, or paste the source of a mail.'],
    ['an empty file', { file: '' }, 'This file is empty.'],
    ['a file that is no mail', { file: new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1]) }, 'This is no mail'],
    ['words', { fields: { source: 'Hello there,\n\nthis is: no mail' } }, 'This is no mail'],
    ['a long address', { file: 'From: a@b.test\r\n\r\n', fields: { mail_from: 'a'.repeat(400) } }, 'at most 320 characters'],
  ])('is said beside the form: %s', async (_what, sent: Sent, mistake) => {
    const { status, words: seen, body } = await send(sent)
    expect(status).toBe(422)
    expect(seen).toContain(mistake)
    expect(body).toContain('aria-invalid="true"')
    expect(body).not.toContain('id="result"')
  })

  it.each([
    ['a little', 1024 * 1024 + 10],
    ['far', 30 * 1024 * 1024],
  ])('is a mail that is %s too large, which is read to its end before it is said', async (_what, bytes) => {
    const { status, words: seen } = await send({ file: `Subject: x\r\n\r\n${'x'.repeat(bytes)}` })
    expect(status).toBe(413)
    expect(seen).toContain('This is larger than the 1.0 MB that this installation accepts.')
  })

  it('keeps what was pasted', async () => {
    const { body } = await send({ fields: { source: 'Hello <there>', offline: 'yes' } })
    expect(body).toMatch(/<textarea[^>]*>\nHello &lt;there&gt;\s*<\/textarea>/)
    expect(body).toMatch(/name="offline"[^>]*checked/)
  })

  it('is to ask for too much at a time, and the others are told', async () => {
    const mail = `From: a@b.test\r\n${Array.from({ length: 4_000 }, (_, n) => `X-${n}: ${'y'.repeat(200)}\r\n`).join('')}\r\nbody`
    const all = await Promise.all(Array.from({ length: 24 }, () => send({ file: mail })))
    const busy = all.filter(({ status }) => status === 503)
    expect(all.every(({ status }) => status === 200 || status === 503)).toBe(true)
    expect(busy.length).toBeGreaterThan(0)
    for (const { words: seen, headers } of busy) {
      expect(seen).toMatch(/Too many mails are being (?:inspected|sent in)\. Try again in a moment\./)
      expect(headers.get('retry-after')).toBe('5')
    }
  }, 60_000)
})

describe('whoever', () => {
  it('has not signed in is sent to the sign-in page, before anything is read', async () => {
    const stranger = createVisitor(site.url)
    expect(await stranger.get('/inspections')).toMatchObject({ status: 303, location: '/login?return_to=%2Finspections' })
    const { status, headers } = await send({ file: new Uint8Array(bounce), visitor: stranger })
    expect({ status, to: headers.get('location') }).toEqual({ status: 303, to: '/login' })
  })

  it('comes from another site, without the token or in another form is refused', async () => {
    expect((await send({ file: new Uint8Array(bounce), headers: { origin: 'https://evil.example' } })).status).toBe(403)
    expect((await send({ file: new Uint8Array(bounce), headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
    expect((await send({ file: new Uint8Array(bounce), fields: { form_token: 'x' } })).status).toBe(403)
    expect((await reader.post('/inspections', { source: 'From: a@b.test\r\n\r\n' })).status).toBe(403)
  })
})

it('is found in the menu by everybody', async () => {
  expect((await reader.get('/')).body).toContain('<a href="/inspections">Inspect a mail</a>')
})
