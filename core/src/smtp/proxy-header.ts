/** The PROXY protocol, versions 1 and 2: the address of the client behind a proxy. haproxy's doc/proxy-protocol.txt */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'invalid' }
  /** `source` is null when the proxy speaks for itself (LOCAL) or does not know (UNKNOWN). */
  | { readonly kind: 'header'; readonly bytes: number; readonly source: { readonly ip: string; readonly port: number } | null }

const SIGNATURE_2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const BYTES_1_MAX = 107 // §2.1
const FIXED_2 = 16 // §2.2
const BYTES_2_MAX = 4_096

const INCOMPLETE = { kind: 'incomplete' } as const
const INVALID = { kind: 'invalid' } as const

export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  const compared = Math.min(bytes.length, SIGNATURE_2.length)
  if (SIGNATURE_2.compare(bytes, 0, compared, 0, compared) === 0) return bytes.length < FIXED_2 ? INCOMPLETE : parseVersion2(bytes)
  return parseVersion1(bytes)
}

function parseVersion1(bytes: Buffer): ProxyHeader {
  const start = bytes.subarray(0, 6).toString('latin1')
  if (!'PROXY '.startsWith(start)) return INVALID
  const end = bytes.indexOf('\r\n')
  if (end === -1) return bytes.length > BYTES_1_MAX ? INVALID : INCOMPLETE
  if (end + 2 > BYTES_1_MAX) return INVALID

  const [, protocol, ip = '', proxy = '', port = '', proxyPort = '', ...rest] = bytes.toString('latin1', 0, end).split(' ')
  if (protocol === 'UNKNOWN') return { kind: 'header', bytes: end + 2, source: null }
  const family = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : undefined
  const valid = rest.length === 0 && isIP(ip) === family && isIP(proxy) === family && isPort(port) && isPort(proxyPort)
  return valid ? { kind: 'header', bytes: end + 2, source: { ip, port: Number(port) } } : INVALID
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= 65_535

function parseVersion2(bytes: Buffer): ProxyHeader {
  const versionAndCommand = bytes.readUInt8(12)
  const family = bytes.readUInt8(13)
  const length = FIXED_2 + bytes.readUInt16BE(14)
  if (versionAndCommand >> 4 !== 2 || length > BYTES_2_MAX) return INVALID
  if (bytes.length < length) return INCOMPLETE
  const command = versionAndCommand & 0xf
  if (command === 0) return { kind: 'header', bytes: length, source: null }
  if (command !== 1) return INVALID

  const addressBytes = ADDRESS_BYTES.get(family)
  if (addressBytes === undefined) return { kind: 'header', bytes: length, source: null } // UNSPEC, UNIX, UDP: not about a client of ours
  if (length < FIXED_2 + 2 * addressBytes + 4) return INVALID
  const ip = ipaddr.fromByteArray([...bytes.subarray(FIXED_2, FIXED_2 + addressBytes)]).toString()
  return { kind: 'header', bytes: length, source: { ip, port: bytes.readUInt16BE(FIXED_2 + 2 * addressBytes) } }
}

/** TCP over IPv4 and IPv6 */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [0x11, 4],
  [0x21, 16],
])
