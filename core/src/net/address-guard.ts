/** Which IP addresses we may connect to on behalf of a tenant: public ones, and those that the operator has allowed. */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export type MayConnect = (ip: string) => boolean

/**
 * @param allow networks such as `10.1.0.0/16` that may be connected to although they are not public
 * @throws when a network cannot be read
 */
export function createAddressGuard({ allow = [] }: { allow?: readonly string[] } = {}): MayConnect {
  const networks = allow.map((network) => ipaddr.parseCIDR(network))
  return (ip) => {
    if (isIP(ip) === 0) return false // the lenient forms (127.1, 0x7f000001) are not addresses here
    const address = ipaddr.process(ip) // ::ffff:10.0.0.1 becomes 10.0.0.1
    const allowed = networks.some(([network, bits]) => network.kind() === address.kind() && address.match([network, bits]))
    return allowed || isPublic(address)
  }
}

type Address = ReturnType<typeof ipaddr.process>

/** Azure answers there with secrets of the machine, although the address is a public one. */
const METADATA_IN_PUBLIC_SPACE = '168.63.129.16'
/** All that is handed out on the internet lies in there. RFC 4291 §2.4 */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')
/** The prefix by which NAT64 reaches IPv4. RFC 6052 §2.1 */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')
const SIX_TO_FOUR = ipaddr.IPv6.parseCIDR('2002::/16')

function isPublic(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast' && address.toString() !== METADATA_IN_PUBLIC_SPACE
  // Forms that carry an IPv4 address are as public as that one is.
  if (address.match(NAT64)) return isPublic(embedded(address, 12))
  if (address.match(SIX_TO_FOUR)) return isPublic(embedded(address, 2))
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast'
}

const embedded = (address: ipaddr.IPv6, at: number): ipaddr.IPv4 => new ipaddr.IPv4(address.toByteArray().slice(at, at + 4))
