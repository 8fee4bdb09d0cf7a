import { describe, expect, it } from 'vitest'
import { planTracking } from './plan-tracking.ts'
import { applyPlan, type Rewritten, type Track } from './rewrite.ts'

const T = 'https://t.example/c/abc'
const track: Track = { clicks: true, opens: false, excludedDomains: [], linkFor: () => T, pixelUrl: 'https://t.example/o/xyz' }
const opening: Track = { ...track, clicks: false, opens: true }

const part = (type: string, body: string, more = '') => Buffer.from(`Content-Type: ${type}\r\n${more}\r\n${body}`)
const bodyOf = (raw: Buffer) => raw.toString('latin1').slice(raw.indexOf('\r\n\r\n') + 4)

const rewriteForTracking = (raw: Buffer, by: Track | null): Rewritten => applyPlan(planTracking(raw), by)

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
