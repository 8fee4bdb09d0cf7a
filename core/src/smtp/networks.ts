/** IP addresses and networks: the form they are compared in, the networks they are counted by, the credentials that name them. */
import ipaddr from 'ipaddr.js'

type Ip = ipaddr.IPv4 | ipaddr.IPv6

export type Network = { readonly address: Ip; readonly bits: number }

/** Without the prefix by which a dual-stack socket shows IPv4, and without a zone. */
export function plainIp(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}

/** An address or CIDR; undefined when it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const trimmed = text.trim()
  if (ipaddr.isValidCIDR(trimmed)) {
    const [address, bits] = ipaddr.parseCIDR(trimmed)
    return { address, bits }
  }
  if (!ipaddr.isValid(trimmed)) return undefined
  const address = ipaddr.process(trimmed)
  return { address, bits: address.kind() === 'ipv4' ? 32 : 128 }
}

export function contains(network: Network, ip: string): boolean {
  if (!ipaddr.isValid(ip)) return false
  const address = ipaddr.process(ip)
  return address.kind() === network.address.kind() && address.match(network.address, network.bits)
}

/** Who one client is: an IPv4 address or an IPv6 /64, as a household or a host gets; and the network around it. */
export function neighbourhood(ip: string): { readonly address: string; readonly network: string } {
  if (!ipaddr.isValid(ip)) return { address: ip, network: ip }
  const address = ipaddr.process(ip)
  if (address.kind() === 'ipv4') return { address: address.toString(), network: cut(address, 24) }
  return { address: cut(address, 64), network: cut(address, 48) }
}

function cut(address: Ip, bits: number): string {
  const bytes = address.toByteArray().map((byte, n) => byte & (0xff << Math.max(0, Math.min(8, (n + 1) * 8 - bits))))
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`
}
