/** Mails that are made to hurt whoever reads them, and an ordinary one of any size to compare them with. */

const MEGABYTE = 1024 * 1024
const HEAD =
  'Received: from mx.client.test (mx.client.test [192.0.2.1])\r\n\tby mx.mail.test with ESMTPS\r\nFrom: MAILER-DAEMON@client.test\r\n'

const filled = (bytes: number, text: string): Buffer => Buffer.alloc(bytes, text)
const mail = (...pieces: (string | Buffer)[]): Buffer =>
  Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
const inHeader = (field: string, filling: Buffer): Buffer => mail(HEAD, field, filling, '\r\n\r\nHello\r\n')
const typed = (type: string, body: Buffer): Buffer => mail(HEAD, `Subject: Undeliverable\r\nContent-Type: ${type}\r\n`, body)
const html = (text: string, bytes: number): Buffer => typed('text/html', mail('\r\n', filled(bytes, text)))
const text = (words: string, bytes: number): Buffer => typed('text/plain', mail('\r\n', filled(bytes, words)))

const parts = (count: number, part: string): Buffer =>
  typed('multipart/report; boundary=b', mail('\r\n', Array.from({ length: count }, () => `--b\r\n${part}\r\n`).join('')))

const nested = (depth: number): Buffer =>
  mail(
    HEAD,
    Array.from({ length: depth }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join(''),
    'Content-Type: text/plain\r\n\r\nend',
  )

const signature = (n: number): string =>
  `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=d${n}.test; s=s; l=${n}; h=${'from:'.repeat(50)}to; bh=AAAA; b=AAAA\r\n`
const seal = (n: number): string =>
  `ARC-Seal: i=${n}; a=rsa-sha256; cv=pass; d=d${n}.test; s=s; b=AAAA\r\nARC-Message-Signature: i=${n}; a=rsa-sha256; d=d${n}.test; s=s; h=from; bh=AAAA; b=AAAA\r\nARC-Authentication-Results: i=${n}; d${n}.test; spf=pass\r\n`
const many = (count: number, field: (n: number) => string): string => Array.from({ length: count }, (_, n) => field(n + 1)).join('')

const SIGNED = many(2, (n) => signature(n).replace(/l=\d+/, `l=${900_000_000 + n}`))
/** The body is made ready for each anew. */
const signed = (filling: string, bytes: number): Buffer => mail(SIGNED, HEAD, '\r\n', filled(bytes, filling))
const numbered = (bytes: number, text: (n: number) => string): Buffer => Buffer.from(many(bytes / 8, text).slice(0, bytes))

const picture = `--b\r\nContent-Type: image/png\r\nContent-ID: <x>\r\nContent-Transfer-Encoding: base64\r\n\r\n${'QUJD\r\n'.repeat(100_000)}`

export const HOSTILE_MAILS: Readonly<Record<string, () => Buffer>> = {
  '10 000 parts': () => parts(10_000, 'Content-Type: text/plain; name=a.txt\r\n\r\nHello'),
  '10 000 delivery reports': () =>
    parts(10_000, 'Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822;a@b.test\r\nAction: failed\r\n'),
  '1 000 levels': () => nested(1_000),
  'a field of a megabyte': () => inHeader('Subject: ', filled(MEGABYTE, 'a ')),
  'encoded words for a megabyte': () => inHeader('Subject: ', filled(MEGABYTE, '=?utf-8?Q?=C3=BC?= ')),
  'a megabyte of folded lines': () => inHeader('Subject: ', filled(MEGABYTE, 'a\r\n ')),
  'a megabyte of short fields': () => inHeader('A: ', filled(MEGABYTE, 'b\r\nA: ')),
  'a megabyte of lines that are no field': () => inHeader('A: b\r\n', filled(MEGABYTE, 'aa\r\n')),
  'a megabyte of authors': () => inHeader('From: ', filled(MEGABYTE, 'Ana <a@b.test>, ')),
  'a megabyte of comments that never close': () => inHeader('To: ', filled(MEGABYTE, '(')),
  'parameters for a megabyte': () => inHeader('Content-Type: multipart/mixed; ', filled(MEGABYTE, "a*0*=utf-8''b; ")),
  'one encoded word of a megabyte': () => inHeader('Subject: =?utf-8?B?', filled(MEGABYTE, 'QUJD')),
  'encoded words that never end': () => inHeader('Subject: ', filled(MEGABYTE, '=?utf-8?Q?')),
  'encoded words in a name': () => inHeader('Content-Type: a/b; name="', filled(MEGABYTE, '=?utf-8?B?QUJD?= ')),
  'a name in a megabyte of pieces': () =>
    inHeader(
      'Content-Type: a/b; ',
      numbered(MEGABYTE, (n) => `name*${n}=b; `),
    ),
  'a name of a megabyte of percents': () => inHeader("Content-Disposition: attachment; filename*=utf-8''", filled(MEGABYTE, '%41')),
  'names of parameters for a megabyte': () =>
    inHeader(
      'Content-Type: text/plain; ',
      numbered(MEGABYTE, (n) => `p${n}=b; `),
    ),
  'a parameter that is quoted without end': () => inHeader('Content-Type: text/plain; a="', filled(MEGABYTE, '\\" ;')),
  'recipients for a megabyte': () => inHeader('To: ', filled(MEGABYTE, 'Ana <a@b.test>, ')),
  'groups that never close': () => inHeader('To: ', filled(MEGABYTE, 'a: ')),
  'quotations that never close': () => inHeader('To: ', filled(MEGABYTE, '"a <')),
  'a megabyte of references': () => inHeader('References: ', filled(MEGABYTE, '<a@b> ')),
  'a header without end': () => mail(HEAD, filled(2 * MEGABYTE, 'References: <a@b>\r\n')),
  '1 000 signatures': () => mail(many(1_000, signature), HEAD, '\r\n', filled(MEGABYTE, 'Some words\r\n')),
  '200 seals': () => mail(many(200, seal), HEAD, '\r\n', filled(MEGABYTE, 'Some words\r\n')),
  'an attachment of 20 MB': () =>
    typed('application/zip; name=a.zip', mail('Content-Transfer-Encoding: base64\r\n\r\n', filled(20 * MEGABYTE, 'QUJD\r\n'))),
  'quoted-printable of 4 MB': () =>
    typed('text/plain', mail('Content-Transfer-Encoding: quoted-printable\r\n\r\n', filled(4 * MEGABYTE, '=C3=BC='))),
  'base64 of 4 MB in one line': () =>
    typed('application/zip; name=a.zip', mail('Content-Transfer-Encoding: base64\r\n\r\n', filled(4 * MEGABYTE, 'QUJD'))),
  'base64 of 4 MB that is none': () =>
    typed('text/plain', mail('Content-Transfer-Encoding: base64\r\n\r\n', filled(4 * MEGABYTE, '=*-\r\n'))),
  'soft breaks for 4 MB': () =>
    typed('text/plain', mail('Content-Transfer-Encoding: quoted-printable\r\n\r\n', filled(4 * MEGABYTE, '=\r\n'))),
  'blanks at the ends of lines for 4 MB': () =>
    typed(
      'text/plain; format=flowed',
      mail('Content-Transfer-Encoding: quoted-printable\r\n\r\n', filled(4 * MEGABYTE, `${' '.repeat(9_000)}=`)),
    ),
  'flowed lines for 4 MB': () => typed('text/plain; format=flowed; delsp=yes', mail('\r\n', filled(4 * MEGABYTE, '> a \r\n'))),
  'signed blanks for 4 MB': () => signed(' ', 4 * MEGABYTE),
  'signed lines of a blank for a megabyte': () => signed(' \r\n', MEGABYTE),
  'signed line feeds for a megabyte': () => signed('a\n', MEGABYTE),
  'boundaries for a megabyte': () => typed('multipart/mixed; boundary=b', mail('\r\n', filled(MEGABYTE, '--b\r\n'))),
  'near boundaries in 200 levels': () => mail(nested(200), '\r\n', filled(MEGABYTE, '--b1x\r\n')),
  '1 000 mails in each other': () => mail(HEAD, 'Content-Type: message/rfc822\r\n\r\n'.repeat(1_000), 'Subject: end\r\n\r\nend'),
  'a line of 4 MB': () => text('a ', 4 * MEGABYTE),
  '4 MB of empty lines': () => text('\r\n', 4 * MEGABYTE),
  '2 MB of quotations': () => text('> On a\r\n', 2 * MEGABYTE),
  'answers to nothing, for 2 MB': () => text('On Mon, 2 Mar 2026 Ana wrote\r\n', 2 * MEGABYTE),
  'a megabyte of blanks in lines': () => text(`x${' '.repeat(298)}x\r\n`, MEGABYTE),
  '4 MB of refusals': () => text('<a@b.test>: 550 5.1.1 user unknown\r\n', 4 * MEGABYTE),
  'elements that never close, for 2 MB': () => html('<div><p', 2 * MEGABYTE),
  'pictures that never close, for 2 MB': () => html('<img src= ', 2 * MEGABYTE),
  'elements in each other for a megabyte': () => html('<div>', MEGABYTE),
  'comments that never close': () => html('<!-- -', MEGABYTE),
  'attributes for a megabyte': () =>
    typed(
      'text/html',
      mail(
        '\r\n<img ',
        numbered(MEGABYTE, (n) => `a${n}="b" `),
      ),
    ),
  'words that go on for ever': () => text('mailbox user recipient account ', MEGABYTE),
  'a line of 4 MB of addresses': () => text('a@b.', 4 * MEGABYTE),
  'a megabyte of entities': () => html('&amp', MEGABYTE),
  'one picture in 50 000 places': () =>
    typed(
      'multipart/related; boundary=b',
      mail('\r\n--b\r\nContent-Type: text/html\r\n\r\n', '<img src=cid:x>'.repeat(50_000), '\r\n', picture, '\r\n--b--\r\n'),
    ),
}

const LINE = 'The parcel left our house on Monday and arrives within two days.\r\n'

/** A text of a few kilobytes and a file that makes up the size. */
export function ordinaryMail(bytes: number): Buffer {
  const words = LINE.repeat(Math.min(50, Math.ceil(bytes / 2 / LINE.length)))
  const head = `${HEAD}Subject: Your order\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n${words}\r\n`
  const file = '--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n'
  return mail(head, file, filled(Math.max(0, bytes - head.length), `${'QUJD'.repeat(19)}\r\n`), '\r\n--b--\r\n')
}
