/** What a sender put into a mail is what `messages/message` shows: bodies and attachments of mail as the world writes it. */
import { createHash } from 'node:crypto'
import { addTenant, type V1Client, v1Client } from '@posthaste/test/support/api-v1.ts'
import { startTestWeb, type TestWeb } from '@posthaste/test/support/web.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

let web: TestWeb
let call: V1Client
let from: string
beforeAll(async () => {
  web = await startTestWeb()
  const made = await addTenant(web)
  call = v1Client(web, made.key)
  from = `a@shop${made.mailServerId}.test`
})
afterAll(() => web[Symbol.asyncDispose]())

type Shown = { plain?: string | null; html?: string | null; files?: readonly (readonly [name: string, type: string, data: Buffer])[] }

const text = (charset: string, encoding: string, body: string | Buffer, type = 'text/plain') =>
  Buffer.concat([
    Buffer.from(`Content-Type: ${type}; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`),
    Buffer.from(body),
    Buffer.from('\r\n'),
  ])

const multipart = (type: string, ...parts: (string | Buffer)[]) => {
  const boundary = `=_${createHash('sha256').update(parts.join()).digest('hex').slice(0, 16)}`
  const inner = parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), Buffer.from(part), Buffer.from('\r\n')])
  return Buffer.concat([
    Buffer.from(`Content-Type: multipart/${type}; boundary="${boundary}"\r\n\r\n`),
    ...inner,
    Buffer.from(`--${boundary}--\r\n`),
  ])
}

const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
const file = (type: string, disposition: string, data: Buffer) =>
  `Content-Type: ${type}\r\nContent-Disposition: ${disposition}\r\nContent-Transfer-Encoding: base64\r\n\r\n${data.toString('base64')}`
const inner = 'From: b@x.test\r\nSubject: Inner\r\n\r\nInside\r\n'
const signature = Buffer.from('30820102', 'hex')

const CORPUS: readonly (readonly [what: string, mail: string | Buffer, shown: Shown])[] = [
  ['no content type at all', '\r\nPlain and simple\r\n', { plain: 'Plain and simple\r\n' }],
  ['quoted-printable Latin-1', text('iso-8859-1', 'quoted-printable', 'Gr=FC=DFe aus K=F6ln'), { plain: 'Grüße aus Köln\r\n' }],
  ['8-bit UTF-8', text('utf-8', '8bit', 'naïve 日本 👋'), { plain: 'naïve 日本 👋\r\n' }],
  ['base64 KOI8-R', text('koi8-r', 'base64', Buffer.from([0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]).toString('base64')), { plain: 'Привет' }],
  ['8-bit Windows-1251', text('windows-1251', '8bit', Buffer.from([0xcf, 0xf0, 0xe8])), { plain: 'При\r\n' }],
  ['ISO-2022-JP', text('ISO-2022-JP', '7bit', Buffer.from('1b2442467c4b5c1b2842', 'hex')), { plain: '日本\r\n' }],
  ['GB2312', text('gb2312', 'base64', Buffer.from([0xc4, 0xe3, 0xba, 0xc3]).toString('base64')), { plain: '你好' }],
  ['HTML alone', text('utf-8', 'quoted-printable', '<p>=E2=82=AC 5</p>', 'text/html'), { plain: null, html: '<p>€ 5</p>\r\n' }],
  [
    'alternatives inside related inside mixed, with an inline image and a file',
    multipart(
      'mixed',
      multipart(
        'related',
        multipart('alternative', text('utf-8', '7bit', 'text'), text('utf-8', '7bit', '<img src="cid:logo">', 'text/html')),
        `Content-Id: <logo>\r\n${file('image/png; name=logo.png', 'inline; filename=logo.png', png)}`,
      ),
      file('application/pdf', "attachment; filename*=UTF-8''Rechnung%20%E2%82%AC.pdf", Buffer.from('%PDF-')),
    ),
    {
      plain: 'text\r\n',
      html: '<img src="cid:logo">\r\n',
      files: [
        ['logo.png', 'image/png', png],
        ['Rechnung €.pdf', 'application/pdf', Buffer.from('%PDF-')],
      ],
    },
  ],
  [
    'a mail attached to a mail, without a name',
    multipart('mixed', text('utf-8', '7bit', 'See below'), `Content-Type: message/rfc822\r\n\r\n${inner}`),
    { plain: 'See below\r\n', files: [['1.eml', 'message/rfc822', Buffer.from(inner)]] },
  ],
  [
    'a signed mail',
    multipart(
      'signed; protocol="application/pkcs7-signature"; micalg=sha-256',
      text('utf-8', '7bit', 'Signed'),
      file('application/pkcs7-signature; name=smime.p7s', 'attachment; filename=smime.p7s', signature),
    ),
    { plain: 'Signed\r\n', files: [['smime.p7s', 'application/pkcs7-signature', signature]] },
  ],
  [
    'an encrypted mail',
    multipart(
      'encrypted; protocol="application/pgp-encrypted"',
      'Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1',
      'Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----',
    ),
    {
      plain: null,
      html: null,
      files: [
        ['attachment-1', 'application/pgp-encrypted', Buffer.from('Version: 1')],
        ['encrypted.asc', 'application/octet-stream', Buffer.from('-----BEGIN PGP MESSAGE-----')],
      ],
    },
  ],
  [
    'nothing but a file',
    file('application/zip', 'attachment; filename="a.zip"', png),
    { plain: null, files: [['a.zip', 'application/zip', png]] },
  ],
  [
    'a file named by an encoded word, as old mailers do',
    multipart('mixed', text('utf-8', '7bit', 'x'), file('image/png; name="=?utf-8?B?R3LDvMOfZS5wbmc=?="', 'attachment', png)),
    { plain: 'x\r\n', files: [['Grüße.png', 'image/png', png]] },
  ],
]

it.each(CORPUS)('shows %s', async (_what, mail, { plain, html = null, files = [] }) => {
  const raw = Buffer.concat([
    Buffer.from(`From: ${from}\r\nDate: Sun, 01 Mar 2026 10:20:29 +0000\r\nMessage-ID: <1@x.test>\r\nMIME-Version: 1.0\r\n`),
    Buffer.from(mail),
  ])
  const sent = await call('send/raw', { rcpt_to: ['ana@client.test'], mail_from: from, data: raw.toString('base64') })
  const { data: read } = await call('messages/message', { id: sent.data.messages['ana@client.test'].id, _expansions: true })
  expect(Buffer.from(read.raw_message, 'base64')).toEqual(raw)
  expect({ plain: read.plain_body, html: read.html_body }).toEqual({ plain, html })
  const seen = read.attachments.map((one: Record<string, string>) => [
    one.filename,
    one.content_type,
    Buffer.from(one.data ?? '', 'base64').toString(),
  ])
  expect(seen).toEqual(files.map(([name, type, data]) => [name, type, data.toString()]))
  for (const one of read.attachments) {
    const data = Buffer.from(one.data, 'base64')
    expect(one).toMatchObject({ size: data.length, hash: createHash('sha1').update(data).digest('hex') })
  }
})

it('shows what send/message was given', async () => {
  const given = { plain_body: 'Grüße\n\nén 日本', html_body: `<p>${'long '.repeat(300)}€</p>` }
  const data = Buffer.from(Array.from({ length: 1_000 }, (_, n) => n % 256))
  const attachments = [{ name: 'Grüße "1".bin', content_type: 'application/x-thing; a=b', data: data.toString('base64') }]
  const sent = await call('send/message', { from, to: ['ana@client.test'], subject: '日本 👋', ...given, attachments })
  const { data: read } = await call('messages/message', { id: sent.data.messages['ana@client.test'].id, _expansions: true })
  expect(read.plain_body.replaceAll('\r\n', '\n').trimEnd()).toBe(given.plain_body)
  expect(read.html_body.trimEnd()).toBe(given.html_body)
  expect(read.details.subject).toBe('日本 👋')
  expect(read.attachments).toMatchObject([{ filename: 'Grüße "1".bin', content_type: 'application/x-thing', size: 1_000 }])
  expect(Buffer.from(read.attachments[0].data, 'base64')).toEqual(data)
})

it.each([
  ['not inspected', null, null, { inspected: false, spam: false, spam_score: 0, threat: false, threat_details: null }],
  ['at the threshold', 500, null, { inspected: true, spam: false, spam_score: 5, threat: false, threat_details: null }],
  ['above it', 512, null, { inspected: true, spam: true, spam_score: 5.12, threat: false, threat_details: null }],
  ['infected', 0, 'Eicar', { inspected: true, spam: false, spam_score: 0, threat: true, threat_details: 'Eicar' }],
] as const)('shows what was found in a mail that is %s', async (_what, spamScore, threat, inspection) => {
  const data = Buffer.from(`From: ${from}\n\nHello\n`).toString('base64')
  const sent = await call('send/raw', { rcpt_to: ['ana@client.test'], mail_from: from, data })
  const { id } = sent.data.messages['ana@client.test']
  await web.db.$client.query("UPDATE messages SET scope = 'incoming', spam_score = ?, threat = ? WHERE id = ?", [spamScore, threat, id])
  expect((await call('messages/message', { id, _expansions: ['inspection'] })).data.inspection).toEqual(inspection)
})
