/** Nobody but a trusted proxy says who a request comes from. */
import type { IncomingHttpHeaders } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createClients } from './clients.ts'

const seen = (remoteAddress: string | undefined, headers: IncomingHttpHeaders, trusted: readonly string[] = []) =>
  createClients(trusted)({ headers, socket: Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress }) })

const forwarded = {
  host: 'inner:5000',
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'Postal.Example',
}
const believed = { address: '203.0.113.9', scheme: 'https', host: 'postal.example' }

describe('forwarded headers are believed', () => {
  it.each([['127.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], ['fd12::1'], [undefined]])('from %s, which is local', (peer) => {
    expect(seen(peer, forwarded)).toEqual(believed)
  })

  it('from the proxies that are configured', () => {
    expect(seen('10.1.2.3', forwarded, ['10.1.0.0/16'])).toEqual(believed)
    expect(seen('2001:db8::5', forwarded, ['2001:db8::/32'])).toEqual(believed)
    expect(seen('192.0.2.1', forwarded, ['192.0.2.1'])).toEqual(believed)
  })
})

describe('forwarded headers are not believed', () => {
  it.each(['203.0.113.50', '10.1.2.3', '192.168.0.1', '::ffff:10.0.0.1'])('from %s', (peer) => {
    expect(seen(peer, forwarded)).toEqual({ address: peer.replace('::ffff:', ''), scheme: 'http', host: 'inner:5000' })
  })

  it('beyond the last stranger: what he sent may be made up', () => {
    const chain = { 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.1.0.2' }
    expect(seen('127.0.0.1', chain, ['10.1.0.0/16']).address).toBe('203.0.113.9')
    expect(seen('127.0.0.1', { 'x-forwarded-for': 'unknown, <script>' }).address).toBe('127.0.0.1')
    expect(seen('127.0.0.1', { 'x-forwarded-for': '203.0.113.9:1234, ' }).address).toBe('203.0.113.9')
    expect(seen('127.0.0.1', { 'x-forwarded-proto': 'gopher' }).scheme).toBe('http')
  })
})
