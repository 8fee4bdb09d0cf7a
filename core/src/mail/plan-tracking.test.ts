import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { planTracking } from './plan-tracking.ts'
import { applyPlan, type Rewritten, type Track } from './rewrite.ts'
import type { Slot } from './rewrite-text.ts'
import { decodeTransfer } from './transfer.ts'

const T = 'https://t.example/c/abc'
const track: Track = { clicks: true, opens: false, excludedDomains: [], linkFor: () => T, pixelUrl: 'https://t.example/o/xyz' }

const part = (type: string, body: string, more = '') => Buffer.from(`Content-Type: ${type}\r\n${more}\r\n${body}`)
const bodyOf = (raw: Buffer) => raw.toString('latin1').slice(raw.indexOf('\r\n\r\n') + 4)

const rewriteForTracking = (raw: Buffer, by: Track | null): Rewritten => applyPlan(planTracking(raw), by)

const multipart = (type: string, ...parts: string[]) =>
  `Content-Type: ${type}; boundary="=_b (1)"\r\n\r\npreamble\r\n${parts.map((each) => `--=_b (1)\r\n${each}`).join('\r\n')}\r\n--=_b (1)--\r\nepilogue`

describe('structure', () => {
  const html = 'Content-Type: text/html\r\n\r\n<a href="https://example.com/">'

  it('rewrites the parts of a multipart mail and keeps everything around them', () => {
    const text = 'Content-Type: text/plain\r\nX-Odd : yes\r\n\r\nhttps://example.com/'
    const raw = Buffer.from(multipart('multipart/alternative', text, html, 'Content-Type: image/png\r\n\r\nhttps://example.com/'))
    const { raw: out, links } = rewriteForTracking(raw, track)
    const expected = raw.toString().replace('\r\n\r\nhttps://example.com/', `\r\n\r\n${T}`).replace('"https://example.com/"', `"${T}"`)
    expect(out.toString()).toBe(expected)
    expect(links).toHaveLength(2)
  })

  it.each([
    ['an attached part', multipart('multipart/mixed', `Content-Disposition: attachment\r\n${html}`)],
    ['a part with a file name', multipart('multipart/mixed', `Content-Disposition: inline; filename=a.html\r\n${html}`)],
    ['a signed mail', multipart('multipart/signed', html)],
    ['an encrypted mail', multipart('multipart/encrypted', html)],
    ['S/MIME', 'Content-Type: application/pkcs7-mime\r\n\r\nhttps://example.com/'],
    ['a forwarded mail', multipart('multipart/mixed', `Content-Type: message/rfc822\r\n\r\n${html}`)],
    ['a PGP signed text', 'Content-Type: text/plain\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nhttps://example.com/'],
    ['a mail without content type', 'Subject: x\r\n\r\nhttps://example.com/'],
    ['an unknown encoding', 'Content-Type: text/plain\r\nContent-Transfer-Encoding: uuencode\r\n\r\nhttps://example.com/'],
    ['broken base64', 'Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naHR0*cHM6Ly9leGFtcGxlLmNvbS8=\r\n'],
    ['UTF-16', 'Content-Type: text/plain; charset=utf-16\r\n\r\nhttps://example.com/'],
    ['a multipart without boundary', `Content-Type: multipart/mixed\r\n\r\n--\r\n${html}`],
  ])('never touches %s', (_name, text) => {
    const raw = Buffer.from(text)
    expect(rewriteForTracking(raw, { ...track, opens: true }).raw).toBe(raw)
  })

  it('rewrites beside a signed part, not in it', () => {
    const signed = multipart('multipart/signed', html).replaceAll('=_b (1)', 'inner')
    const { raw, links } = rewriteForTracking(Buffer.from(multipart('multipart/mixed', signed, html)), track)
    expect(links).toHaveLength(1)
    expect(raw.toString()).toContain(signed)
  })

  it('leaves a mail alone that is nested without end, has countless parts or countless links', () => {
    let nested = html
    for (let depth = 0; depth < 30; depth++) nested = multipart('multipart/mixed', nested).replaceAll('=_b (1)', `b${depth}.`)
    const wide = multipart('multipart/mixed', ...Array.from({ length: 2_000 }, () => html))
    const links = `Content-Type: text/plain\r\n\r\n${'http://a.b '.repeat(6_000)}`
    for (const text of [nested, wide, links]) {
      const raw = Buffer.from(text)
      expect(rewriteForTracking(raw, track).raw).toBe(raw)
    }
  })

  it('takes time in proportion to the size of hostile text', () => {
    const hostile = [`http://a/${')'.repeat(200_000)}`, 'http://a/('.repeat(20_000), '<a href="'.repeat(50_000), '<!--[if'.repeat(50_000)]
    for (const body of hostile) {
      rewriteForTracking(part('text/plain', body), track)
      rewriteForTracking(part('text/html', body), track)
    }
  }, 4_000)
})

describe('transfer encodings', () => {
  const decoded = (raw: Buffer, encoding: string) => decodeTransfer(Buffer.from(bodyOf(raw), 'latin1'), encoding)

  it('keeps quoted-printable bytes outside a link, and short lines around it', () => {
    const body =
      'Gr=C3=BC=C3=9Fe =\r\n<a href=3D"https://example.com/very/long/path/that/fills/the/=\r\nline?a=3D1">text=20=\r\n</a> =3d\r\n'
    const raw = part('text/html; charset=utf-8', body, 'Content-Transfer-Encoding: Quoted-Printable\r\n')
    const link = `${T}?${'x=y&'.repeat(60)}`
    const out = rewriteForTracking(raw, { ...track, linkFor: () => link })
    expect(out.links).toEqual(['https://example.com/very/long/path/that/fills/the/line?a=1'])
    expect(decoded(out.raw, 'quoted-printable').toString()).toBe(`Grüße <a href="${link.replaceAll('&', '&#38;')}">text </a> =\r\n`)
    expect(bodyOf(out.raw)).toMatch(/^Gr=C3=BC=C3=9Fe =\r\n<a href=3D"=\r\nhttps/)
    expect(bodyOf(out.raw)).toMatch(/">text=20=\r\n<\/a> =3d\r\n$/)
    expect(
      Math.max(
        ...bodyOf(out.raw)
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(76)
  })

  it('encodes a base64 part again as base64', () => {
    const text = `Grüße https://example.com/ ${'x'.repeat(200)}`
    const encoded = Buffer.from(text).toString('base64').replace(/.{60}/g, '$&\r\n')
    const raw = part('text/plain; charset=utf-8', `${encoded}\r\n`, 'Content-Transfer-Encoding: base64\r\n')
    const out = rewriteForTracking(raw, track).raw
    expect(decoded(out, 'base64').toString()).toBe(text.replace('https://example.com/', T))
    expect(
      Math.max(
        ...bodyOf(out)
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(76)
    expect(bodyOf(out)).toMatch(/[^\r\n]\r\n$/)
  })

  it.each(['iso-8859-1', 'windows-1251', 'Shift_JIS', 'gb18030', 'big5', 'koi8-r'])('keeps the other bytes of a part in %s', (charset) => {
    const sample = { 'iso-8859-1': 'grün', Shift_JIS: '表示ソ', gb18030: '中文', big5: '功能' }[charset] ?? 'привет'
    const text = `${sample} https://example.com/ ${sample}`
    const raw = Buffer.concat([part(`text/plain; charset=${charset}`, ''), iconv.encode(text, charset)])
    const out = rewriteForTracking(raw, track).raw
    expect(iconv.decode(Buffer.from(bodyOf(out), 'latin1'), charset)).toBe(text.replace('https://example.com/', T))
  })

  it('reads an address in the charset of its part', () => {
    const raw = Buffer.concat([part('text/html; charset=iso-8859-1', ''), Buffer.from('<a href="https://example.com/grün">', 'latin1')])
    expect(rewriteForTracking(raw, track).links).toEqual(['https://example.com/gr%C3%BCn'])
  })

  it('does not mistake the bytes of Japanese characters for markup', () => {
    const body = '\x1b$B<a href="https://example.com/"\x1b(B <a href="https://example.com/">'
    const { raw, links } = rewriteForTracking(part('text/html; charset=ISO-2022-JP', body), track)
    expect(links).toHaveLength(1)
    expect(bodyOf(raw)).toContain('\x1b$B<a href="https://example.com/"\x1b(B')
  })

  const wild = fc.array(
    fc.oneof(
      fc.constantFrom(
        '<a href="https://x.example/?a=1&amp;b">',
        'https://x.example/a.',
        '</body>',
        '<',
        '"',
        '=\r\n',
        '=3D',
        '=C3',
        '--b',
        '\r\n',
      ),
      fc.constantFrom('https+notrack://', '<!--', '-->', 'ü', '漢', '\x00', "<a href='http://", "'>", ' ', '.', '=', '\x1b$B'),
    ),
    { maxLength: 25 },
  )
  function filled(text: string, slots: readonly Slot[]): string {
    let out = ''
    let from = 0
    for (const slot of slots.filter(({ kind }) => kind !== 'pixel')) {
      if (slot.start < from) continue
      out += text.slice(from, slot.start) + (slot.kind === 'literal' ? slot.text : '')
      if (slot.kind === 'link') out += slot.form === 'unquoted' ? '"L"' : 'L'
      from = slot.end
    }
    return out + text.slice(from)
  }

  it('changes nothing outside its slots, whatever the part looks like', () => {
    const types = fc.constantFrom('text/plain', 'text/html', 'text/html; charset=utf-8', 'text/plain; charset=gbk')
    const encodings = fc.constantFrom('7bit', '8bit', 'quoted-printable')
    fc.assert(
      fc.property(types, encodings, wild, (type, encoding, pieces) => {
        const raw = part(type, pieces.join('').replace(/\r?\n/g, '\r\n'), `Content-Transfer-Encoding: ${encoding}\r\n`)
        const plan = planTracking(raw)
        const expected = filled(decoded(plan.raw, encoding).toString('latin1'), plan.parts[0]?.slots ?? [])
        const out = applyPlan(plan, { ...track, linkFor: () => 'L' })
        expect(decoded(out.raw, encoding).toString('latin1')).toBe(expected)
      }),
      { numRuns: 500, examples: [['text/plain', 'quoted-printable', ["<a href='http://", 'https+notrack://', '=C3']]] },
    )
  })
})
