import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import { parseMail } from './parse.ts'

const mixed = (...parts: string[]) =>
  Buffer.from(
    `Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`,
  )

describe('bodies', () => {
  it.each([
    ['no content type', 'Subject: x\r\n\r\nHi', 'Hi', null],
    ['text', 'Content-Type: text/plain\r\n\r\nHi', 'Hi', null],
    ['HTML', 'Content-Type: TEXT/HTML; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+w7w8L3A+\r\n', null, '<p>ü</p>'],
    [
      'another charset',
      'Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=FC=\r\n!',
      'ü!',
      null,
    ],
    ['LF line ends', 'Subject: x\n\nHi\n', 'Hi\n', null],
    ['a multipart without parts', 'Content-Type: multipart/mixed; boundary=z\r\n\r\nHi', 'Hi', null],
    ['an unknown charset', 'Content-Type: text/plain; charset=klingon\r\n\r\nü', 'ü', null],
    ['nothing', '', '', null],
  ])('are read from a mail with %s', (_name, text, plain, html) => {
    expect(parseMail(Buffer.from(text))).toMatchObject({ plainBody: plain, htmlBody: html, attachments: [] })
  })

  it('are the first of each kind, searched in nested alternatives', () => {
    const inner =
      'Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain\r\n\r\none\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>one\r\n--i--'
    const parsed = parseMail(mixed(inner, 'Content-Type: text/plain\r\n\r\ntwo'))
    expect(parsed).toMatchObject({ plainBody: 'one', htmlBody: '<p>one' })
  })
})

describe('attachments', () => {
  it('come with bare and full type, id, bytes and hash', () => {
    const part =
      'Content-Type: text/plain; charset=x; name="a.txt"\r\nContent-ID: <c@x>\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="note.txt"\r\n\r\nSGVsbG8='
    expect(parseMail(mixed('Content-Type: text/plain\r\n\r\nHi', part)).attachments).toEqual([
      {
        filename: 'note.txt',
        contentType: 'text/plain',
        fullContentType: 'text/plain; charset=x; name="a.txt"',
        contentId: 'c@x',
        inline: false,
        data: Buffer.from('Hello'),
        size: 5,
        sha1: 'f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0',
      },
    ])
  })

  it.each([
    ["Content-Disposition: attachment; filename*=utf-8''%e2%82%ac.txt", '€.txt'],
    ['Content-Disposition: attachment; filename="=?utf-8?B?4oKsLnR4dA==?="', '€.txt'],
    ['Content-Disposition: attachment; filename*0="a"; filename*1="b.txt"', 'ab.txt'],
    ['Content-Type: application/pdf; name=x.pdf', 'x.pdf'],
    ['Content-Type: message/rfc822', '1.eml'],
    ['Content-Type: image/png', 'attachment-1'],
  ])('with %s are named %s', (header, name) => {
    expect(parseMail(mixed(`${header}\r\n\r\nx`)).attachments.map(({ filename }) => filename)).toEqual([name])
  })

  it('are found in a mail that is nothing but a file', () => {
    const parsed = parseMail(Buffer.from('Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF'))
    expect(parsed.attachments.map(({ filename, size }) => [filename, size])).toEqual([['a.pdf', 4]])
    expect(parsed.plainBody).toBeNull()
  })
})

it('lists every header by lower-case name, decoded, in order', () => {
  const parsed = parseMail(Buffer.from('Received: one\r\nSubject: =?utf-8?Q?Gr=C3=BC?=\r\n =?utf-8?Q?=C3=9Fe?=\r\nReceived: two\r\n\r\n'))
  expect([...parsed.headers]).toEqual([
    ['received', ['one', 'two']],
    ['subject', ['Grüße']],
  ])
})

it('reads bodies as an independent parser does', async () => {
  const kinds = fc.constantFrom('text/plain', 'text/html')
  const texts = fc.string({ unit: fc.constantFrom('a', '=', ' b', '\r\n', '--c', 'ü', '.'), maxLength: 40 }).map((text) => `x${text}y`)
  await fc.assert(
    fc.asyncProperty(kinds, texts, async (kind, text) => {
      const raw = mixed(`Content-Type: ${kind}; charset=utf-8\r\n\r\n${text}`)
      const [ours, theirs] = [parseMail(raw), await PostalMime.parse(raw)]
      expect((kind === 'text/html' ? ours.htmlBody : ours.plainBody)?.trim()).toBe(
        (kind === 'text/html' ? theirs.html : theirs.text)?.replace(/\n/g, '\r\n').trim(),
      )
    }),
  )
})

it('never fails, whatever it is given', () => {
  const piece = fc.constantFrom(
    '--b',
    '--b--',
    '\r\n',
    '\n',
    'Content-Type: multipart/mixed; boundary=b',
    'Content-Type: text/html',
    ': ',
    '=',
    'ü',
    ';',
    '"',
    '(',
    'a',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.uint8Array(), (pieces, tail) => {
      parseMail(Buffer.concat([Buffer.from(pieces.join('')), tail]))
    }),
    { numRuns: 500 },
  )
})
