import { startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { createDns, type Dns } from './dns.ts'
import { addressesOf, findMailHosts } from './mail-hosts.ts'

let dns: Dns
let dice: number[]
const random = () => dice.shift() ?? 0
const find = (domain: string) => findMailHosts(dns, domain, random)

beforeEach(async () => {
  dice = []
  const server = await startDnsServer({
    zone: {
      'two.test': { MX: ['20 mx2.host.test', '10 MX1.host.test'] },
      'also-two.test': { MX: ['10 mx2.host.test', '10 mx1.host.test'] },
      'null.test': { MX: ['0 .'], A: ['192.0.2.1'] },
      'mixed.test': { MX: ['0 .', '10 mx1.host.test', '20 192.0.2.7'] },
      'literal.test': { MX: ['10 192.0.2.7'] },
      'bare.test': { A: ['192.0.2.1'] },
      'xn--bcher-kva.test': { AAAA: ['2001:db8::1'] },
      'empty.test': { TXT: ['hello'] },
      'v4.test': { A: ['192.0.2.4'] },
      'v46.test': { A: ['192.0.2.4', '192.0.2.5'], AAAA: ['2001:db8::4'] },
    },
  })
  server.breakName('broken.test', { kind: 'servfail' })
  dns = createDns({ servers: [server.address], timeoutMs: 1_000, clock: () => new Date(0) })
  onTestFinished(() => server[Symbol.asyncDispose]())
})

it('orders hosts by preference', async () => {
  expect(await find('two.test')).toEqual({
    kind: 'hosts',
    hosts: [
      { name: 'mx1.host.test', preference: 10 },
      { name: 'mx2.host.test', preference: 20 },
    ],
    site: 'mx1.host.test,mx2.host.test',
  })
})

it('throws dice among equals', async () => {
  const names = async (...throws: number[]) => {
    dice = throws
    const found = await find('also-two.test')
    return found.kind === 'hosts' ? found.hosts.map((host) => host.name).join() : found.kind
  }
  const orders = new Set([await names(0.1, 0.9), await names(0.9, 0.1)])
  expect(orders).toEqual(new Set(['mx1.host.test,mx2.host.test', 'mx2.host.test,mx1.host.test']))
})

it('gives one site to all domains that are hosted in one place', async () => {
  const sites = await Promise.all(['two.test', 'also-two.test'].map(find))
  expect(sites.map((found) => found.kind === 'hosts' && found.site)).toEqual(['mx1.host.test,mx2.host.test', 'mx1.host.test,mx2.host.test'])
})

it('respects domains that take no mail', async () => {
  expect(await find('null.test')).toEqual({ kind: 'null_mx' })
})

it('passes over MX records that name no host', async () => {
  expect(await find('mixed.test')).toMatchObject({ hosts: [{ name: 'mx1.host.test' }] })
  expect(await find('literal.test')).toEqual({ kind: 'no_hosts' })
})

it.each([
  ['bare.test', 'bare.test'],
  ['Bare.Test.', 'bare.test'],
  ['bücher.test', 'xn--bcher-kva.test'],
])('takes %s itself for the host when it has only an address', async (domain, name) => {
  expect(await find(domain)).toEqual({ kind: 'hosts', hosts: [{ name, preference: 0 }], site: name })
})

it('tells apart what does not exist, what takes no mail, and what nobody could say', async () => {
  expect(await find('nowhere.test')).toEqual({ kind: 'no_domain' })
  expect(await find('empty.test')).toEqual({ kind: 'no_hosts' })
  expect(await find('broken.test')).toEqual({ kind: 'unavailable', reason: 'servfail' })
})

it('takes address literals at their word', async () => {
  expect(await find('[192.0.2.1]')).toEqual({ kind: 'hosts', hosts: [{ name: '192.0.2.1', preference: 0 }], site: '[192.0.2.1]' })
  expect(await find('[IPv6:2001:DB8::1]')).toMatchObject({ hosts: [{ name: '2001:db8::1' }] })
  expect(await find('[nonsense]')).toEqual({ kind: 'no_hosts' })
})

it.each([
  ['v46.test', undefined, ['2001:db8::4', '192.0.2.4', '192.0.2.5']],
  ['v46.test', 'ipv4_first', ['192.0.2.4', '192.0.2.5', '2001:db8::4']],
  ['v46.test', 'ipv4', ['192.0.2.4', '192.0.2.5']],
  ['v46.test', 'ipv6', ['2001:db8::4']],
  ['v4.test', 'ipv6_first', ['192.0.2.4']],
  ['192.0.2.1', 'ipv4', ['192.0.2.1']],
] as const)('finds the addresses of %s, wanted %s', async (host, family, records) => {
  expect(await addressesOf(dns, host, family)).toEqual({ kind: 'found', records })
})

it('finds no address of a family that a host does not have', async () => {
  expect(await addressesOf(dns, 'v4.test', 'ipv6')).toEqual({ kind: 'none' })
  expect(await addressesOf(dns, '192.0.2.1', 'ipv6')).toEqual({ kind: 'none' })
  expect(await addressesOf(dns, 'nowhere.test')).toEqual({ kind: 'no_domain' })
  expect(await addressesOf(dns, 'broken.test')).toMatchObject({ kind: 'unavailable' })
})
