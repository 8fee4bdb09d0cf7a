import { expect, it } from 'vitest'
import { createAddressGuard } from './address-guard.ts'

const mayConnect = createAddressGuard()

it.each([
  ['unspecified', '0.0.0.0'],
  ['loopback', '127.0.0.1'],
  ['loopback', '127.255.255.254'],
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '192.168.1.1'],
  ['link-local, metadata of most clouds', '169.254.169.254'],
  ['carrier-grade NAT, metadata of Alibaba', '100.100.100.200'],
  ['metadata of Oracle', '192.0.0.192'],
  ['metadata of Azure', '168.63.129.16'],
  ['benchmarking', '198.18.0.1'],
  ['documentation', '203.0.113.1'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['link-local', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['site-local', 'fec0::1'],
  ['unique local, metadata of AWS', 'fd00:ec2::254'],
  ['multicast', 'ff02::1'],
  ['documentation', '2001:db8::1'],
  ['documentation', '3fff::1'],
  ['teredo', '2001::1'],
  ['IPv4-mapped', '::ffff:127.0.0.1'],
  ['IPv4-mapped in hexadecimal', '::ffff:7f00:1'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['NAT64', '64:ff9b::10.0.0.1'],
  ['NAT64 of a local prefix', '64:ff9b:1::8.8.8.8'],
  ['6to4', '2002:7f00:1::1'],
  ['not handed out', '4000::1'],
  ['a short form of loopback', '127.1'],
  ['an octal form of loopback', '0177.0.0.1'],
  ['a number for loopback', '2130706433'],
  ['a name', 'localhost'],
  ['nothing', ''],
])('refuses %s: %s', (_, ip) => {
  expect(mayConnect(ip)).toBe(false)
})

it.each(['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1'])('lets through the public %s', (ip) => {
  expect(mayConnect(ip)).toBe(true)
})

it('lets through what the operator has allowed, in every spelling, and nothing beside it', () => {
  const lenient = createAddressGuard({ allow: ['127.0.0.0/8', 'fd00::/8'] })
  expect(['127.0.0.1', '::ffff:127.0.0.1', 'fd00::1'].map(lenient)).toEqual([true, true, true])
  expect(['10.0.0.1', '::1', '169.254.169.254'].map(lenient)).toEqual([false, false, false])
})

it('does not start with a network that cannot be read', () => {
  expect(() => createAddressGuard({ allow: ['10.0.0.0'] })).toThrow()
})
