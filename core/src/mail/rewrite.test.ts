import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { applyPlan, planTracking, rewriteForTracking, type Track } from './rewrite.ts'
import { decodeTransfer } from './transfer.ts'

const T = 'https://t.example/c/abc'
const track: Track = { clicks: true, opens: false, excludedDomains: [], linkFor: () => T, pixelUrl: 'https://t.example/o/xyz' }
const opening: Track = { ...track, clicks: false, opens: true }

const part = (type: string, body: string, more = '') => Buffer.from(`Content-Type: ${type}\r\n${more}\r\n${body}`)
const bodyOf = (raw: Buffer) => raw.toString('latin1').slice(raw.indexOf('\r\n\r\n') + 4)

function rewrite(type: string, body: string, by: Track | null = track): { body: string; links: readonly string[] } {
  const { raw, links } = rewriteForTracking(part(type, body), by)
  return { body: Buffer.from(bodyOf(raw), 'latin1').toString(), links }
}

describe('text', () => {
  it.each([
    ['Visit https://example.com/a/ now', 'Visit T now', 'https://example.com/a/'],
    ['See (https://example.com/a).', 'See (T).', 'https://example.com/a'],
    ['go to https://example.com.', 'go to T.', 'https://example.com'],
    ['https://example.com/a, next', 'T, next', 'https://example.com/a'],
    ['<https://example.com/a>', '<T>', 'https://example.com/a'],
    ['https://example.com?x=1 end', 'T end', 'https://example.com?x=1'],
    ['https://example.com/a?x=1,2', 'T', 'https://example.com/a?x=1,2'],
    ['HTTP://EXAMPLE.COM/a', 'T', 'HTTP://EXAMPLE.COM/a'],
    ['Wiki https://en.example/A_(b) is', 'Wiki T is', 'https://en.example/A_(b)'],
    ['(see https://en.example/A_(b))!', '(see T)!', 'https://en.example/A_(b)'],
    ['*https://example.com/a*', '*T*', 'https://example.com/a'],
    ['"https://example.com/a"', '"T"', 'https://example.com/a'],
    ['zu https://example.com/über-uns.', 'zu T.', 'https://example.com/%C3%BCber-uns'],
    ['看https://example.com/a请看', '看T请看', 'https://example.com/a'],
    ['Voilà https://example.com/à ici', 'Voilà T ici', 'https://example.com/%C3%A0'],
    ['https://example.com/a。', 'T。', 'https://example.com/a'],
    ['http://example.com:8080/a', 'T', 'http://example.com:8080/a'],
    ['line\r\nhttps://example.com/a\r\nline', 'line\r\nT\r\nline', 'https://example.com/a'],
    ['https://user@example.com/!$*a', 'T', 'https://user@example.com/!$*a'],
  ])('%j becomes %j and leads to %s', (input, output, url) => {
    expect(rewrite('text/plain; charset=utf-8', input)).toEqual({ body: output.replace('T', T), links: [url] })
  })

  it.each(['mailto:a@example.com', 'ftp://example.com/', 'svn+https://example.com/a', 'https://', 'https://[bad', 'xhttps://a.example'])(
    'leaves %j',
    (input) => expect(rewrite('text/plain', input)).toEqual({ body: input, links: [] }),
  )

  it.each([
    ['https+notrack://example.com/a', 'https://example.com/a'],
    ['http+notrack://example.com/a.', 'http://example.com/a.'],
    ['HTTPS+NOTRACK://example.com', 'HTTPS://example.com'],
  ])('takes the mark out of %j, with tracking and without', (input, output) => {
    expect(rewrite('text/plain', input)).toEqual({ body: output, links: [] })
    expect(rewrite('text/plain', input, null)).toEqual({ body: output, links: [] })
    expect(rewrite('text/plain', input, opening)).toEqual({ body: output, links: [] })
  })
})

describe('html', () => {
  it.each([
    ['<a href="https://example.com/a?x=1&amp;y=2">', '<a href="T">', 'https://example.com/a?x=1&y=2'],
    ["<a href='https://example.com/a'>", "<a href='T'>", 'https://example.com/a'],
    ['<a HREF="https://example.com/a">', '<a HREF="T">', 'https://example.com/a'],
    ['<A class=x href = "https://example.com/a" id=y>', '<A class=x href = "T" id=y>', 'https://example.com/a'],
    ['<a href=https://example.com/a>', '<a href="T">', 'https://example.com/a'],
    ['<a href="https://example.com/a,b">', '<a href="T">', 'https://example.com/a,b'],
    ['<a href="https://example.com?x">', '<a href="T">', 'https://example.com?x'],
    ['<a href=" https://example.com/a\r\n">', '<a href="T">', 'https://example.com/a'],
    ['<a href="https://example.com/a b">', '<a href="T">', 'https://example.com/a%20b'],
    ['<a href="https://example.com/ü">ü</a>', '<a href="T">ü</a>', 'https://example.com/%C3%BC'],
    ['<area href="https://example.com/a">', '<area href="T">', 'https://example.com/a'],
    ['<a href="&#104;ttps://example.com/a">', '<a href="T">', 'https://example.com/a'],
    ['<!--[if mso]><a href="https://example.com/a"><![endif]-->', '<!--[if mso]><a href="T"><![endif]-->', 'https://example.com/a'],
    ['<a href="https://one.example" href="https://two.example">', '<a href="T" href="https://two.example">', 'https://one.example'],
  ])('%j becomes %j and leads to %s', (input, output, url) => {
    expect(rewrite('text/html; charset=utf-8', input)).toEqual({ body: output.replace('T', T), links: [url] })
  })

  it.each([
    '<link href="https://fonts.example/css">',
    '<a href="mailto:a@b.example"><a href="tel:1"><a href="#top"><a href="/path"><a href>',
    '<a name="https://example.com"><a data-href="https://example.com">',
    '<script>"<a href=\'https://example.com\'>"</script>',
    '<!-- <a href="https://example.com"> -->',
    '<p>https://example.com</p><img src="https://example.com/i.png">',
    '<a href="https://example.com',
    '<a href="javascript:alert(1)">',
  ])('leaves %j', (input) => expect(rewrite('text/html', input)).toEqual({ body: input, links: [] }))

  it.each([
    ['<a href="https+notrack://example.com/a?b&amp;c">', '<a href="https://example.com/a?b&amp;c">'],
    ['<a href="https&#43;notrack://example.com/a">', '<a href="https://example.com/a">'],
    ['<img src="http+notrack://example.com/i.png">', '<img src="http://example.com/i.png">'],
  ])('takes the mark out of %j, with tracking and without', (input, output) => {
    expect(rewrite('text/html', input)).toEqual({ body: output, links: [] })
    expect(rewrite('text/html', input, null)).toEqual({ body: output, links: [] })
  })

  const pixel =
    "<p class='ampimg' style='display:none;visibility:none;margin:0;padding:0;line-height:0;'><img src='https://t.example/o/xyz' alt=''></p>"
  it.each([
    ['<body>Hi</body></html>\r\n', '<body>Hi|</body></html>\r\n'],
    ['<BODY>Hi</BODY>', '<BODY>Hi|</BODY>'],
    ['<p>Hi\r\n', '<p>Hi|\r\n'],
    ['<p>à', '<p>à|'],
    ['<body><!-- </body> --><script>"</body>"</script>Hi</body>', '<body><!-- </body> --><script>"</body>"</script>Hi|</body>'],
  ])('puts the open pixel into %j', (input, output) => {
    const { raw, pixels } = rewriteForTracking(part('text/html; charset=utf-8', input), opening)
    expect(Buffer.from(bodyOf(raw), 'latin1').toString()).toBe(output.replace('|', pixel))
    expect(pixels).toBe(1)
  })

  it('puts no pixel into text', () => {
    expect(rewriteForTracking(part('text/plain', 'Hi'), opening).pixels).toBe(0)
  })
})

describe('settings', () => {
  it.each([
    [['example.com'], 'https://example.com:8080/a', false],
    [['EXAMPLE.com'], 'https://Example.COM/a', false],
    [['example.com'], 'https://www.example.com/a', true],
    [['*.example.com'], 'https://www.example.com/a', false],
    [['*.example.com'], 'https://notexample.com/a', true],
    [['example.com'], 'https://example.com@evil.example/', true],
  ])('with %j excluded, %s is tracked: %s', (excludedDomains, url, tracked) => {
    const { links } = rewriteForTracking(part('text/plain', url), { ...track, excludedDomains })
    expect(links).toEqual(tracked ? [url] : [])
  })

  it.each([
    ['X-AMP: Skip \r\n', 0, 0],
    ['X-Postal-Track: none\r\n', 0, 0],
    ['X-Postal-Track: opens\r\n', 0, 1],
    ['X-Postal-Track: Clicks\r\n', 1, 0],
    ['X-AMP: yes\r\n', 1, 1],
  ])('with the header %j it makes %i links and %i pixels', (header, links, pixels) => {
    const raw = part('text/html', '<a href="https://example.com/">', header)
    const got = rewriteForTracking(raw, { ...track, opens: true })
    expect([got.links.length, got.pixels]).toEqual([links, pixels])
  })

  it('leaves a link for which there is no other, and counts the others as before', () => {
    const indexes: number[] = []
    const linkFor = (url: string, index: number) => {
      indexes.push(index)
      return url.includes('b') ? undefined : `https://t.example/${index}`
    }
    const { raw, links } = rewriteForTracking(part('text/plain', 'http://a/ http://b/ http://c/'), { ...track, linkFor })
    expect(bodyOf(raw)).toBe('https://t.example/0 http://b/ https://t.example/2')
    expect(links).toEqual(['http://a/', 'http://c/'])
    expect(indexes).toEqual([0, 1, 2])
  })

  it('plans once and fills for each recipient', () => {
    const plan = planTracking(part('text/plain', 'http://a.example/'))
    const bodies = ['x', 'y'].map((name) => bodyOf(applyPlan(plan, { ...track, linkFor: () => `https://t.example/${name}` }).raw))
    expect(bodies).toEqual(['https://t.example/x', 'https://t.example/y'])
    expect(applyPlan(plan, null).raw).toBe(plan.raw)
  })
})

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
  it('changes nothing outside its slots, whatever the part looks like', () => {
    const types = fc.constantFrom('text/plain', 'text/html', 'text/html; charset=utf-8', 'text/plain; charset=gbk')
    const encodings = fc.constantFrom('7bit', '8bit', 'quoted-printable')
    fc.assert(
      fc.property(types, encodings, wild, (type, encoding, pieces) => {
        const raw = part(type, pieces.join('').replace(/\r?\n/g, '\r\n'), `Content-Transfer-Encoding: ${encoding}\r\n`)
        const plan = planTracking(raw)
        const before = decoded(plan.raw, encoding).toString('latin1')
        let expected = ''
        let from = 0
        for (const slot of plan.parts[0]?.slots ?? []) {
          if (slot.start < from || slot.kind === 'pixel') continue
          expected += before.slice(from, slot.start) + (slot.kind === 'link' ? (slot.form === 'unquoted' ? '"L"' : 'L') : slot.text)
          from = slot.end
        }
        expected += before.slice(from)
        const out = applyPlan(plan, { ...track, linkFor: () => 'L' })
        expect(decoded(out.raw, encoding).toString('latin1')).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })
})
