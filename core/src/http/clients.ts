/** Finds out who a request comes from. Only proxies that are trusted may speak for others. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { Client } from './web-env.ts'

/** The machine itself and unique local addresses (RFC 4193), as Postal trusts them. Other private networks have to be named. */
const LOCAL_NETWORKS = ['127.0.0.0/8', '::1/128', 'fd00::/8']

export type ClientOf = (incoming: Pick<IncomingMessage, 'headers' | 'socket'>) => Client

export function createClients(trustedProxies: readonly string[]): ClientOf {
  const trusted = networkList([...LOCAL_NETWORKS, ...trustedProxies])
  return ({ headers, socket }) => {
    const peer = plain(socket.remoteAddress ?? '')
    const secure = 'encrypted' in socket && socket.encrypted === true
    const own: Client = { address: peer, scheme: secure ? 'https' : 'http', host: (headers.host ?? '').toLowerCase() }
    // A Unix socket has no address; whoever may open it is one of us.
    if (peer !== '' && !trusted(peer)) return own

    const proto = lastOf(headers['x-forwarded-proto'])
    return {
      address: forwardedFor(headers['x-forwarded-for'], trusted) ?? own.address,
      scheme: proto === 'https' || proto === 'http' ? proto : own.scheme,
      host: lastOf(headers['x-forwarded-host']) ?? own.host,
    }
  }
}

/** The right-most address that is no trusted proxy: whatever stands left of it, anybody may have written. */
function forwardedFor(header: string | string[] | undefined, trusted: (address: string) => boolean): string | undefined {
  const addresses = listOf(header)
    .map(plain)
    .filter((address) => isIP(address) !== 0)
  return addresses.findLast((address) => !trusted(address)) ?? addresses[0]
}

const listOf = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

const lastOf = (header: string | string[] | undefined): string | undefined => listOf(header).at(-1)?.toLowerCase()

/** Without the prefix of mapped IPv4, a zone, brackets or a port. */
const plain = (address: string): string =>
  address
    .replace(/^\[([^\]]*)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '')

/** Addresses and networks in CIDR form. Mistakes in them are found when the configuration is read. */
function networkList(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
