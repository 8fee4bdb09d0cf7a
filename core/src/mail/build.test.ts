import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../domain/errors.ts'
import { buildMail, type NewMail } from './build.ts'
import { lastHeader, readHeaders } from './headers.ts'
import { type MimePart, readMimeTree } from './mime-tree.ts'
import { parseMail } from './parse.ts'

const mail = (more: Partial<NewMail> = {}): NewMail => ({
  from: 'Orders <orders@shop.example>',
  to: ['Ana <ana@client.example>', 'bob@client.example'],
  cc: [],
  subject: 'Your order 7781',
  plainBody: 'Thanks!',
  headers: [],
  attachments: [],
  messageId: '5b0d0f6e@rp.mail.example',
  date: new Date('2026-03-01T10:20:29Z'),
  received: 'Received: by mail.example.net with HTTP; Sun, 01 Mar 2026 10:20:29 +0000\r\n',
  ...more,
})
const headersOf = async (more: Partial<NewMail>) => readHeaders(await buildMail(mail(more)))
const shape = (part: MimePart): unknown => (part.children.length === 0 ? part.type : [part.type, ...part.children.map(shape)])
const shapeOf = async (more: Partial<NewMail>) => shape(readMimeTree(await buildMail(mail(more))).root)
const note = { name: 'note.txt', contentType: 'text/plain; charset="iso-8859-1"', data: Buffer.from('Hello\n') }

describe('the shape', () => {
  const htmlBody = '<p>Thanks!</p>'
  it.each([
    [{}, 'text/plain'],
    [{ plainBody: null, htmlBody }, 'text/html'],
    [{ htmlBody }, ['multipart/alternative', 'text/plain', 'text/html']],
    [{ attachments: [note] }, ['multipart/mixed', 'text/plain', 'text/plain']],
    [{ htmlBody, attachments: [note] }, ['multipart/mixed', ['multipart/alternative', 'text/plain', 'text/html'], 'text/plain']],
  ])('of %o has no needless nesting', async (more, expected) => expect(await shapeOf(more)).toEqual(expected))

  it('keeps an inline image beside the HTML that shows it', async () => {
    const logo = { name: 'logo.png', contentType: 'image/png', data: Buffer.from([1, 2]), contentId: '<logo@shop>' }
    const raw = await buildMail(mail({ htmlBody: '<img src="cid:logo@shop">', attachments: [logo] }))
    expect(shape(readMimeTree(raw).root)).toEqual(['multipart/alternative', 'text/plain', ['multipart/related', 'text/html', 'image/png']])
    expect(parseMail(raw).attachments[0]).toMatchObject({ contentId: 'logo@shop', inline: true, filename: 'logo.png' })
  })

  it('takes no multipart type for an attachment', async () => {
    expect(await shapeOf({ attachments: [{ ...note, contentType: 'multipart/mixed; boundary=x' }] })).toEqual([
      'multipart/mixed',
      'text/plain',
      'application/octet-stream',
    ])
  })
})

describe('the headers', () => {
  it('are those of the call, with the trace on top', async () => {
    const headers = await headersOf({
      sender: 's@shop.example',
      replyTo: 'help@shop.example',
      cc: ['c@x.example'],
      headers: [['X_Order', '7781']],
    })
    expect(headers[0]).toMatchObject({ name: 'received' })
    const value = (name: string) => lastHeader(headers, name)
    expect(['from', 'sender', 'reply-to', 'to', 'cc', 'subject', 'message-id', 'date', 'x-order'].map(value)).toEqual([
      ...['Orders <orders@shop.example>', 's@shop.example', 'help@shop.example', 'Ana <ana@client.example>, bob@client.example'],
      ...['c@x.example', 'Your order 7781', '<5b0d0f6e@rp.mail.example>', 'Sun, 01 Mar 2026 10:20:29 +0000', '7781'],
    ])
  })

  it('fill in from custom ones where the parameter is absent, and only there', async () => {
    const headers = [
      ['Reply-To', 'h@x.example'],
      ['Subject', 'Custom'],
      ['Sender', 's@x.example'],
      ['Date', 'Sat, 28 Feb 2026 00:00:00 +0000'],
      ['From', 'evil@x.example'],
    ] as const
    const read = await headersOf({ headers, subject: null })
    expect(
      ['reply-to', 'subject', 'sender', 'date', 'from'].map((name) =>
        read.filter((header) => header.name === name).map(({ value }) => value),
      ),
    ).toEqual([...[['h@x.example'], ['Custom'], ['s@x.example'], ['Sat, 28 Feb 2026 00:00:00 +0000'], ['Orders <orders@shop.example>']]])
  })

  it.each(['Content-Type', 'content_transfer_encoding', 'MIME-Version', 'Received', 'Message-ID', 'Bcc'])(
    'are not replaced by a custom %s',
    async (name) => {
      expect(await buildMail(mail({ headers: [[name, 'evil']] }))).toEqual(await buildMail(mail()))
    },
  )

  it.each([
    [{ headers: [['X:Y', 'a']] }, 'headers'],
    [{ headers: [['X Y', 'a']] }, 'headers'],
    [{ headers: [['X\r\nBcc', 'a']] }, 'headers'],
    [{ headers: [['X-Y', 'a\r\nBcc: b@c.example']] }, 'headers'],
    [{ subject: 'a\nBcc: b@c.example' }, 'subject'],
    [{ from: 'a@b.example\r\nBcc: c@d.example' }, 'from'],
    [{ to: ['a@b.example', 'c@d.example\r\nX: y'] }, 'to'],
    [{ replyTo: 'a\0b' }, 'reply_to'],
    [{ attachments: [{ ...note, contentType: 'text/plain\r\nX: y' }] }, 'attachments'],
    [{ attachments: [{ ...note, contentId: 'a\r\nb' }] }, 'attachments'],
  ] as [Partial<NewMail>, string][])('refuse %o and name the field', async (more, field) => {
    const refused = await buildMail(mail(more)).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AppError)
    expect(refused).toMatchObject({ code: 'input.invalid', field })
  })

  it('carry any script', async () => {
    const headers = await headersOf({ subject: '注文 7781 ✓', from: 'Jürgen <j@shop.example>' })
    expect(headers.every(({ value }) => /^[\x20-\x7e\t]*$/.test(value))).toBe(true)
    const parsed = parseMail(await buildMail(mail({ subject: '注文 7781 ✓', from: 'Jürgen <j@shop.example>' })))
    expect(parsed.headers.get('subject')).toEqual(['注文 7781 ✓'])
    expect(parsed.headers.get('from')).toEqual(['Jürgen <j@shop.example>'])
  })
})

it('gives the same bytes for the same call', async () => {
  const call = { htmlBody: '<p>x</p>', attachments: [note] }
  expect(await buildMail(mail(call))).toEqual(await buildMail(mail(call)))
})

it('carries any body and any file, and no line is too long for SMTP', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', ' ', '\r\n', '.', '=', 'ü', '漢', '\t', 'From ', 'x'.repeat(90)),
    minLength: 1,
    maxLength: 60,
  })
  await fc.assert(
    fc.asyncProperty(text, fc.uint8Array({ maxLength: 300 }), async (body, bytes) => {
      const plainBody = `a${body}`
      const raw = await buildMail(mail({ plainBody, htmlBody: plainBody, attachments: [{ ...note, data: Buffer.from(bytes) }] }))
      const parsed = parseMail(raw)
      expect(parsed.plainBody).toBe(plainBody)
      expect(parsed.htmlBody).toBe(plainBody)
      expect(parsed.attachments[0]?.data.equals(bytes)).toBe(true)
      // RFC 5322 §2.1.1
      expect(
        Math.max(
          ...raw
            .toString('latin1')
            .split('\r\n')
            .map((line) => line.length),
        ),
      ).toBeLessThanOrEqual(998)
    }),
    { numRuns: 150 },
  )
})
