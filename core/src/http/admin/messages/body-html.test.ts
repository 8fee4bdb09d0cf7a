/** HTML of mails made fit to be looked at. */
import { describe, expect, it } from 'vitest'
import type { ParsedAttachment } from '../../../mail/parse.ts'
import { displayHtml, framePolicy, hasRemoteImages } from './body-html.ts'
import { attachmentName } from './file-name.ts'

const picture = (contentId: string, contentType = 'image/png'): ParsedAttachment => ({
  ...{ filename: 'a', contentType, fullContentType: contentType, contentId, inline: true, size: 3, sha1: '' },
  data: Buffer.from('abc'),
})

it('puts pictures that the mail brings along in their places, whatever the quotes', () => {
  for (const tag of ['<img src="cid:logo@x">', "<IMG alt='' SRC='cid:logo@x'>", '<img src=cid:logo%40x width=1>'])
    expect(displayHtml(tag, [picture('logo@x')])).toContain('src="data:image/png;base64,YWJj"')
})

it('puts nothing else there: no other types, no other parts', () => {
  for (const attachment of [picture('logo', 'image/svg+xml'), picture('logo', 'text/html'), picture('other')])
    expect(displayHtml('<img src="cid:logo">', [attachment])).toBe('<img src="cid:logo">')
})

it('puts no more pictures in place than a page can hold, however often a mail asks for one', () => {
  const large = { ...picture('logo'), size: 4_000_000, data: Buffer.alloc(4_000_000) }
  const html = displayHtml('<img src=cid:logo>'.repeat(1_000), [large])
  expect(html.length).toBeLessThan(40_000_000)
  expect(html.match(/base64/g)).toHaveLength(5)
  expect(html.match(/cid:logo/g)).toHaveLength(995)
})

it('leaves a tag without end as it is', () => {
  const html = `<p>${'<img '.repeat(1_000)}`
  expect(displayHtml(html, [])).toBe(html)
})

it('removes tracking pixels of ours and of Postal, and no other picture', () => {
  const token = 'A'.repeat(40)
  for (const source of [
    `https://click.shop.example/o/${token}`,
    `http://localhost:8787/o/${token}?x=1`,
    'https://track.example/img/abcdef/AbCdEf0123456789',
  ])
    expect(displayHtml(`a<img width=1 src="${source}">b`, [])).toBe('ab')
  for (const source of ['https://cdn.example/img/logo.png', 'https://cdn.example/o/short'])
    expect(displayHtml(`<img src="${source}">`, [])).toContain(source)
})

describe('remote images', () => {
  it.each([
    '<img src="https://a.example/b.png">',
    '<img src=//a.example/b>',
    '<td background="http://a.example/b">',
    '<p style="background:url( https://a.example/b )">',
  ])('are noticed in %s', (html) => {
    expect(hasRemoteImages(html)).toBe(true)
  })

  it.each([
    '<p>https://a.example/b.png</p>',
    '<img src="cid:a">',
    '<img src="data:image/png;base64,AA">',
    `<img src="https://a.example/o/${'A'.repeat(40)}">`,
  ])('are not seen in %s', (html) => {
    expect(hasRemoteImages(html)).toBe(false)
  })

  it('are let in only when asked for, and scripts never', () => {
    expect(framePolicy({ remoteImages: false })).toContain('img-src data:;')
    expect(framePolicy({ remoteImages: true })).toContain('img-src data: https: http:;')
    for (const remoteImages of [true, false]) expect(framePolicy({ remoteImages })).toMatch(/^sandbox; default-src 'none';(?!.*script-src)/)
  })
})

it('gives files names that no header or folder suffers from', () => {
  expect(attachmentName('Preisliste für Händler.pdf')).toBe(
    `attachment; filename="Preisliste f_r H_ndler.pdf"; filename*=UTF-8''Preisliste%20f%C3%BCr%20H%C3%A4ndler.pdf`,
  )
  expect(attachmentName('../../etc/passwd')).toContain('filename=".._.._etc_passwd"')
  expect(attachmentName('a"\r\nSet-Cookie: b\ud800')).toMatch(/^attachment; filename="a___Set-Cookie: b_"; filename\*=UTF-8''[\w%-]+$/)
  expect(attachmentName('')).toBe(`attachment; filename="attachment"; filename*=UTF-8''attachment`)
})
