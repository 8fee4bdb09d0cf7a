/** Which PROXY headers are believed, and what is made of all others. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProxyHeader } from './proxy-header.ts'

const of = (text: string) => parseProxyHeader(Buffer.from(text, 'latin1'))
const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'

describe('version 1', () => {
  it('names the client, over IPv4 and IPv6', () => {
    expect(of('PROXY TCP4 192.0.2.1 192.0.2.2 4711 25\r\nEHLO')).toEqual({
      kind: 'header',
      bytes: 40,
      source: { ip: '192.0.2.1', port: 4711 },
    })
    expect(of('PROXY TCP6 2001:db8::1 ::1 1 25\r\n')).toMatchObject({ source: { ip: '2001:db8::1', port: 1 } })
    expect(of('PROXY UNKNOWN whatever\r\n')).toMatchObject({ kind: 'header', source: null })
  })

  it.each([
    'PROXY TCP4 192.0.2.1 192.0.2.2 4711\r\n',
    'PROXY TCP4 2001:db8::1 ::1 1 25\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 99999 25\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 25 more\r\n',
    'EHLO x\r\n',
    `PROXY ${'x'.repeat(200)}`,
  ])('is not %j', (text) => {
    expect(of(text)).toEqual({ kind: 'invalid' })
  })
})

describe('version 2', () => {
  it('names the client, skips what it carries besides, and knows connections of the proxy itself', () => {
    const address = '\xc0\0\x02\x08\x0a\0\0\x01\x12\x67\0\x19'
    expect(of(`${SIGNATURE}\x21\x11\0\x0f${address}TLVEHLO`)).toEqual({
      kind: 'header',
      bytes: 31,
      source: { ip: '192.0.2.8', port: 4711 },
    })
    expect(of(`${SIGNATURE}\x20\0\0\0`)).toEqual({ kind: 'header', bytes: 16, source: null })
  })

  it.each([
    `${SIGNATURE}\x11\x11\0\x0c${'x'.repeat(12)}`,
    `${SIGNATURE}\x22\x11\0\0`,
    `${SIGNATURE}\x21\x11\0\x04abcd`,
    `${SIGNATURE}\x21\x11\xff\xff`,
  ])('is not %j', (text) => {
    expect(of(text)).toEqual({ kind: 'invalid' })
  })
})

it('is the same however late its bytes come, and never fails', () => {
  const header = Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 4711 25\r\n')
  for (let bytes = 0; bytes < header.length; bytes += 1) expect(parseProxyHeader(header.subarray(0, bytes))).toEqual({ kind: 'incomplete' })
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.boolean(),
      (bytes, signed) => parseProxyHeader(Buffer.concat([Buffer.from(signed ? SIGNATURE : '', 'latin1'), bytes])).kind.length > 0,
    ),
  )
})
