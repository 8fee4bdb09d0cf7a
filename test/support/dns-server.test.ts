/** What tests can rely on when they ask the name server of the test world with node's own resolver. */
import { expect, it } from 'vitest'
import { resolverAt, startDnsServer } from './dns-server.ts'
import { reverseName } from './dns-zone.ts'

const zone = {
  'receiver.test': { MX: ['10 mx1.receiver.test', '20 mx2.receiver.test'], TXT: [`v=DKIM1; p=${'k'.repeat(1_500)}`], NS: ['ns.test'] },
  'mx1.receiver.test': { A: ['127.0.0.2'], AAAA: ['::1'] },
  'nomail.test': { MX: ['0 .'] },
  'www.receiver.test': { CNAME: 'mx1.receiver.test' },
  '_25._tcp.mx1.receiver.test': { TLSA: [`3 1 1 ${'ab'.repeat(32)}`] },
  [reverseName('127.0.0.2')]: { PTR: ['mx1.receiver.test'] },
  [reverseName('fd00::1')]: { PTR: ['six.test'] },
}

it('answers every type of record that mail needs', async () => {
  await using server = await startDnsServer({ zone })
  const dns = resolverAt(server.address)
  expect(await dns.resolveMx('receiver.test')).toMatchObject([
    { priority: 10, exchange: 'mx1.receiver.test' },
    { priority: 20, exchange: 'mx2.receiver.test' },
  ])
  expect(await dns.resolve4('MX1.receiver.test')).toEqual(['127.0.0.2'])
  expect(await dns.resolve6('mx1.receiver.test')).toEqual(['::1'])
  expect(await dns.resolveMx('nomail.test')).toMatchObject([{ priority: 0, exchange: '' }])
  expect(await dns.resolveNs('receiver.test')).toEqual(['ns.test'])
  expect(await dns.resolve4('www.receiver.test')).toEqual(['127.0.0.2'])
  expect(await dns.resolveCname('www.receiver.test')).toEqual(['mx1.receiver.test'])
  expect(await dns.reverse('127.0.0.2')).toEqual(['mx1.receiver.test'])
  expect(await dns.reverse('fd00::1')).toEqual(['six.test'])
  const [tlsa] = await dns.resolveTlsa('_25._tcp.mx1.receiver.test')
  expect(tlsa).toMatchObject({ certUsage: 3, selector: 1, match: 1 })
})

it('carries long texts in several strings, by TCP when UDP is too small', async () => {
  await using server = await startDnsServer({ zone })
  const [strings = []] = await resolverAt(server.address).resolveTxt('receiver.test')
  expect(strings.length).toBeGreaterThan(1)
  expect(strings.join('')).toBe(zone['receiver.test'].TXT[0])
  expect(server.queries.map((query) => query.transport)).toEqual(['udp', 'tcp'])
})

it('tells a missing name from a name without such a record', async () => {
  await using server = await startDnsServer({ zone })
  const dns = resolverAt(server.address)
  await expect(dns.resolve4('nobody.test')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  await expect(dns.resolve4('receiver.test')).rejects.toMatchObject({ code: 'ENODATA' })
  await expect(dns.resolve4('_tcp.mx1.receiver.test')).rejects.toMatchObject({ code: 'ENODATA' })
})

it('fails as it is told to, for one name, until it is healed', async () => {
  await using server = await startDnsServer({ zone })
  const dns = resolverAt(server.address, 200)
  server.breakName('receiver.test', { kind: 'servfail' })
  await expect(dns.resolveMx('receiver.test')).rejects.toMatchObject({ code: 'ESERVFAIL' })
  server.breakName('receiver.test', { kind: 'refused' })
  await expect(dns.resolveMx('receiver.test')).rejects.toMatchObject({ code: 'EREFUSED' })
  server.breakName('receiver.test', { kind: 'silence' })
  await expect(dns.resolveMx('receiver.test')).rejects.toMatchObject({ code: 'ETIMEOUT' })
  server.breakName('receiver.test', { kind: 'delay', ms: 20 })
  expect(await dns.resolveMx('receiver.test')).toHaveLength(2)
  server.breakName('*', { kind: 'servfail' })
  await expect(dns.resolve4('mx1.receiver.test')).rejects.toMatchObject({ code: 'ESERVFAIL' })
  server.heal('*')
  expect(await dns.resolve4('mx1.receiver.test')).toEqual(['127.0.0.2'])
})

it('serves changed records at once', async () => {
  await using server = await startDnsServer({ zone })
  const dns = resolverAt(server.address)
  server.set({ 'new.test': { A: ['127.0.0.9'] }, 'mx1.receiver.test': { A: ['127.0.0.3'] } })
  expect(await dns.resolve4('new.test')).toEqual(['127.0.0.9'])
  expect(await dns.resolve4('mx1.receiver.test')).toEqual(['127.0.0.3'])
  server.remove('new.test')
  await expect(dns.resolve4('new.test')).rejects.toMatchObject({ code: 'ENOTFOUND' })
})
