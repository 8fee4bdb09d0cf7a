/** Rules for fields that several nouns share. Each says what is wrong and what would be right, and names the field. */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { normaliseDomain } from '../domain/address.ts'
import { AppError } from '../domain/errors.ts'

export const invalid = (field: string, message: string): AppError => new AppError('input.invalid', message, { field })

/** Trimmed, not empty, at most `max` characters, without control characters. */
export function textField(field: string, value: string, max = 255): string {
  const text = value.trim()
  if (text === '') throw invalid(field, `${field} must not be empty.`)
  if (text.length > max) throw invalid(field, `${field} must have at most ${max} characters.`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being refused
  if (/[\u0000-\u001f\u007f]/.test(text)) throw invalid(field, `${field} must not contain control characters or line breaks.`)
  return text
}

const PERMALINK_MAX = 60

/** Small letters, digits and hyphens; not a word that is part of a URL. */
export function permalinkField(value: string, reserved: readonly string[]): string {
  const permalink = value.trim()
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(permalink) || permalink.length > PERMALINK_MAX)
    throw invalid('permalink', `permalink must have 1 to ${PERMALINK_MAX} small letters, digits and hyphens, with no hyphen at either end.`)
  if (reserved.includes(permalink)) throw invalid('permalink', `permalink must not be ${permalink}, which is reserved; choose another.`)
  return permalink
}

/** A permalink from a name: accents go, everything else that is no letter or digit becomes a hyphen. Empty when nothing is left. */
export const permalinkFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, PERMALINK_MAX)
    .replace(/^-+|-+$/g, '')

export function oneOfField<const T extends string>(field: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw invalid(field, `${field} must be one of ${allowed.join(', ')}.`)
  return found
}

export function wholeField(field: string, value: number, { min, max }: { min: number; max: number }): number {
  if (!Number.isInteger(value) || value < min || value > max) throw invalid(field, `${field} must be a whole number from ${min} to ${max}.`)
  return value
}

export function numberField(field: string, value: number, { min, max }: { min: number; max: number }): number {
  if (!Number.isFinite(value) || value < min || value > max) throw invalid(field, `${field} must be a number from ${min} to ${max}.`)
  return value
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9-]{1,63})*$/

/** Small letters and A-labels. Underscores are for names that are no hosts. */
export function hostNameField(field: string, value: string, message = `${field} must be the name of a host.`): string {
  const host = normaliseDomain(value)
  if (!HOST_NAME.test(host)) throw invalid(field, message)
  return host
}

export function timeZoneField(value: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone
  } catch (cause) {
    throw new AppError('input.invalid', 'timeZone must be a name such as Europe/Berlin or UTC.', { field: 'timeZone', cause })
  }
}

/** How much of an address a network must fix at least: an open network is an open relay. */
export type PrefixMin = { readonly ipv4: number; readonly ipv6: number }

/** An address, or a network in CIDR form with its host bits cleared. */
export function networkField(value: string, min: PrefixMin): string {
  const text = value.trim()
  const [address = '', prefix] = text.split('/')
  // The lenient forms of addresses (10.1, 0x7f000001) are not addresses here.
  if (isIP(address) === 0 || (prefix !== undefined && !ipaddr.isValidCIDR(text)))
    throw invalid('network', 'network must be an IP address, or a network such as 192.0.2.0/24 or 2001:db8::/48.')
  if (prefix === undefined) return ipaddr.process(address).toString()

  const [start, bits] = ipaddr.parseCIDR(text)
  const smallest = start.kind() === 'ipv4' ? min.ipv4 : min.ipv6
  if (bits < smallest)
    throw invalid('network', `network must not be wider than /${smallest}: everybody in it may send mail without a password.`)
  const network = start.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text)
  return `${network.toString()}/${bits}`
}
