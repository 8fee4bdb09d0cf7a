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
  'a header without end': () => mail(HEAD, filled(5 * MEGABYTE, 'References: <a@b>\r\n')),
  '1 000 signatures': () => mail(many(1_000, signature), HEAD, '\r\n', filled(MEGABYTE, 'Some words\r\n')),
  '200 seals': () => mail(many(200, seal), HEAD, '\r\n', filled(MEGABYTE, 'Some words\r\n')),
  'an attachment of 50 MB': () =>
    typed('application/zip; name=a.zip', mail('Content-Transfer-Encoding: base64\r\n\r\n', filled(50 * MEGABYTE, 'QUJD\r\n'))),
  'quoted-printable of 10 MB': () =>
    typed('text/plain', mail('Content-Transfer-Encoding: quoted-printable\r\n\r\n', filled(10 * MEGABYTE, '=C3=BC='))),
  'a line of 10 MB': () => text('a ', 10 * MEGABYTE),
  '10 MB of empty lines': () => text('\r\n', 10 * MEGABYTE),
  '5 MB of quotations': () => text('> On a\r\n', 5 * MEGABYTE),
  'answers to nothing, for 5 MB': () => text('On Mon, 2 Mar 2026 Ana wrote\r\n', 5 * MEGABYTE),
  'a megabyte of blanks in lines': () => text(`x${' '.repeat(298)}x\r\n`, MEGABYTE),
  '10 MB of refusals': () => text('<a@b.test>: 550 5.1.1 user unknown\r\n', 10 * MEGABYTE),
  'elements that never close, for 5 MB': () => html('<div><p', 5 * MEGABYTE),
  'pictures that never close, for 5 MB': () => html('<img src= ', 5 * MEGABYTE),
  'words that go on for ever': () => text('mailbox user recipient account ', MEGABYTE),
  'a line of 10 MB of addresses': () => text('a@b.', 10 * MEGABYTE),
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
