/** Mail addresses as strings: taken apart, normalised, compared. RFC 5321 §4.1.2, RFC 6531. */
import { domainToASCII } from 'node:url'

export type Address = { readonly local: string; readonly domain: string }

/** The longest path that SMTP carries, without brackets. RFC 5321 §4.5.3.1.3 */
const ADDRESS_BYTES_MAX = 254
const LOCAL_BYTES_MAX = 64

/** Splits at the last @, as mail is routed. Undefined when one side is missing. */
export function splitAddress(address: string): Address | undefined {
  const at = address.lastIndexOf('@')
  if (at < 1 || at === address.length - 1) return undefined
  return { local: address.slice(0, at), domain: address.slice(at + 1) }
}

/** Small letters, A-labels, no trailing dot; empty when it is no domain name. RFC 5890 */
export function normaliseDomain(domain: string): string {
  const bare = domain.trim().replace(/\.$/, '')
  if (/^\[.*\]$/.test(bare)) return bare.toLowerCase()
  return PLAIN_DOMAIN.test(bare) && !bare.includes('xn--') ? bare : domainToASCII(bare)
}

/** Normalised already, as nearly all names are: small letters and digits, and no IPv4 address in disguise at its end. */
const PLAIN_DOMAIN = /^(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*$/

/** Where mail to this address goes: its domain, normalised; empty when it has none. */
export const domainOf = (address: string): string => normaliseDomain(splitAddress(address)?.domain ?? '')

/** For comparing recipients: both sides in small letters, as every large receiver treats them. */
export function normaliseAddress(address: string): string {
  const parts = splitAddress(address.trim())
  return parts ? `${parts.local.toLowerCase()}@${normaliseDomain(parts.domain)}` : address.trim().toLowerCase()
}

/** Exact local part, normalised domain: what tells two recipients of one mail apart. RFC 5321 §2.4 */
export function recipientKey(address: string): string {
  const parts = splitAddress(address)
  return parts ? `${parts.local}@${normaliseDomain(parts.domain)}` : address
}

/** Syntactically able to receive mail: a local part without control characters or unquoted blanks, and a domain name or address literal. */
export function isDeliverable(address: string): boolean {
  const parts = splitAddress(address)
  if (!parts || Buffer.byteLength(parts.local) > LOCAL_BYTES_MAX || Buffer.byteLength(address) > ADDRESS_BYTES_MAX + 66) return false
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being refused
  if (/[\u0000-\u001f\u007f]/.test(address)) return false
  const quoted = /^"(?:[^"\\]|\\.)*"$/.test(parts.local)
  if (!quoted && /[\s"(),:;<>@[\\\]]/.test(parts.local)) return false
  const domain = normaliseDomain(parts.domain)
  return (
    /^\[[0-9a-f.:]+\]$|^\[ipv6:[0-9a-f.:]+\]$/i.test(domain) ||
    /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63})*$/.test(domain)
  )
}

/** `user+tag` apart. The tag may hold more plus signs. */
export function splitTag(local: string): { user: string; tag: string | null } {
  const plus = local.indexOf('+')
  return plus < 0 ? { user: local, tag: null } : { user: local.slice(0, plus), tag: local.slice(plus + 1) }
}
