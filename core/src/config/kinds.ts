/** The kinds of values that settings take: how each is read from text, and what to say when it cannot be. */
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { createSecret, type Secret } from './secret.ts'

export type Kind<T> = {
  /** For the documentation. */
  readonly name: string
  readonly schema: z.ZodType<T>
  /** Never shown in a message. */
  readonly secret?: true
  /** `$config-file-root` is replaced and the path made absolute. */
  readonly path?: true
}

const HOSTNAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*$/i
const MASTER_KEY_BYTES = 32

/** Reads text with a function that gives undefined for what it does not understand. */
function kind<T>(name: string, expected: string, read: (text: string) => T | undefined): Kind<T> {
  const schema = z.string({ error: expected }).transform((text, context): T => {
    const value = read(text.trim())
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
  return { name, schema }
}

const isHostname = (text: string) => HOSTNAME.test(text)
const isAddress = (text: string) => isIP(text) !== 0 || isHostname(text)

export const text = kind('text', 'must be text', (given) => given)
export const path: Kind<string> = { ...kind('path', 'must be a path', (given) => given), path: true }
export const hostname = kind('host name', 'must be a host name such as mail.example.com', (given) =>
  isHostname(given) ? given.toLowerCase() : undefined,
)
export const address = kind('address', 'must be an IP address or a host name', (given) => (isAddress(given) ? given : undefined))
export const network = kind('network', 'must be an IP address or a network such as 10.0.0.0/8', (given) =>
  isIP(given) !== 0 || ipaddr.isValidCIDR(given) ? given : undefined,
)
export const email = kind('mail address', 'must be a mail address', (given) => z.email().safeParse(given).data)
export const url = kind('URL', 'must be a URL with http or https', (given) =>
  /^https?:$/.test(parseUrl(given)?.protocol ?? '') ? given : undefined,
)
export const pattern = kind('regular expression', 'must be a regular expression', parsePattern)

/** Postal took every other word for false; here it is a mistake, so that `yes` does not switch something off. */
export const flag = kind('true, false', 'must be true or false', (given) => {
  if (['true', '1', '1.0'].includes(given.toLowerCase())) return true
  return ['false', '0', '0.0'].includes(given.toLowerCase()) ? false : undefined
})

export function whole(min: number, max: number): Kind<number> {
  return kind(`${min} to ${max}`, `must be a whole number from ${min} to ${max}`, (given) => {
    const number = /^\d+(\.0+)?$/.test(given) ? Number(given) : Number.NaN
    return number >= min && number <= max ? number : undefined
  })
}

export const port = whole(1, 65_535)

export function decimal(min: number, max: number): Kind<number> {
  return kind(`${min} to ${max}`, `must be a number from ${min} to ${max}`, (given) => {
    const number = /^-?\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN
    return number >= min && number <= max ? number : undefined
  })
}

/** One of several words, in whatever case they are written. */
export function choice<const W extends string>(words: readonly W[]): Kind<W> {
  return kind(words.join(', '), `must be one of ${words.join(', ')}`, (given) =>
    words.find((word) => word.toLowerCase() === given.toLowerCase()),
  )
}

/** A YAML list, or text with commas (the form that environment variables have). */
export function list<T>(item: Kind<T>, separator: RegExp = /,/): Kind<readonly T[]> {
  const split = (given: unknown) => (typeof given === 'string' ? given.split(separator).filter((part) => part.trim() !== '') : given)
  return { ...item, name: `list of: ${item.name}`, schema: z.preprocess(split, z.array(item.schema, { error: 'must be a list' })) }
}

export const secretText: Kind<Secret<string>> = { ...kind('secret', 'must be text', (given) => createSecret(given)), secret: true }
export const secretKey: Kind<Secret<Uint8Array>> = {
  ...kind('secret', `must be ${MASTER_KEY_BYTES} bytes in base64; make one with: openssl rand -base64 ${MASTER_KEY_BYTES}`, (given) => {
    const key = parseKey(given)
    return key && createSecret(key)
  }),
  secret: true,
}

/** The bytes of a key written in base64; undefined unless there are exactly 32. */
export function parseKey(given: string): Uint8Array | undefined {
  const bytes = Buffer.from(given.trim(), 'base64')
  return bytes.length === MASTER_KEY_BYTES && /^[A-Za-z0-9+/_-]+=*$/.test(given.trim()) ? new Uint8Array(bytes) : undefined
}

function parseUrl(given: string): URL | undefined {
  return URL.canParse(given) ? new URL(given) : undefined
}

function parsePattern(given: string): RegExp | undefined {
  try {
    return new RegExp(given)
  } catch {
    return undefined
  }
}

export type Server = { readonly host: string; readonly port: number }

/** `host:port`, `[v6]:port`, or a host alone with the port that is usual for it. */
export function server(portDefault: number): Kind<Server> {
  return kind('host:port', 'must be host or host:port, an IPv6 address in brackets', (given) => {
    if (isIP(given) === 6) return { host: given, port: portDefault }
    const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/.exec(given)?.groups
    const host = parts?.v6 ?? parts?.host ?? ''
    const number = Number(parts?.port ?? portDefault)
    const known = parts?.v6 === undefined ? isAddress(host) : isIP(host) === 6
    return known && number >= 1 && number <= 65_535 ? { host, port: number } : undefined
  })
}

const TLS_MODES = ['none', 'auto', 'starttls', 'tls'] as const
export type TlsMode = (typeof TLS_MODES)[number]

export type SmtpRelay = Server & {
  readonly tlsMode: TlsMode
  readonly login: { readonly user: string; readonly password: Secret<string> } | null
}

/** `smtp://[user:password@]host[:port][?ssl_mode=Auto]`. Secret because of the password. */
export const relay: Kind<SmtpRelay> = {
  ...kind(
    'smtp://[user:password@]host[:port][?ssl_mode=None, Auto, STARTTLS or TLS]',
    'must look like smtp://relay.example.com:25?ssl_mode=Auto',
    parseRelay,
  ),
  secret: true,
}

function parseRelay(given: string): SmtpRelay | undefined {
  const parsed = parseUrl(given)
  const host = parsed?.hostname.replace(/^\[|\]$/g, '') ?? ''
  const mode = (parsed?.searchParams.get('ssl_mode') || 'auto').toLowerCase()
  const tlsMode = TLS_MODES.find((known) => known === mode)
  if (parsed?.protocol !== 'smtp:' || !isAddress(host) || !tlsMode) return undefined

  const user = decodeURIComponent(parsed.username)
  const login = user ? { user, password: createSecret(decodeURIComponent(parsed.password)) } : null
  return { host, port: Number(parsed.port || 25), tlsMode, login }
}

export type SocksServer = Server & { readonly login: { readonly user: string; readonly password: Secret<string> } | null }

const SOCKS_PORT = 1080

/** User and password as in a URL: what is not a letter or a digit may be percent-encoded. Secret because of the password. */
export const socksServer: Kind<SocksServer> = {
  ...kind('[user:password@]host[:port]', 'must look like proxy.example.com:1080 or user:password@proxy.example.com:1080', parseSocks),
  secret: true,
}

function parseSocks(given: string): SocksServer | undefined {
  const parsed = parseUrl(`socks5://${given}`)
  const host = parsed?.hostname.replace(/^\[|\]$/g, '') ?? ''
  if (!parsed || !isAddress(host) || parsed.pathname !== '' || parsed.search !== '' || !parsed.username !== !parsed.password)
    return undefined
  const login = parsed.username
    ? { user: decodeURIComponent(parsed.username), password: createSecret(decodeURIComponent(parsed.password)) }
    : null
  return { host, port: Number(parsed.port || SOCKS_PORT), login }
}

export type PoolMove = { readonly pattern: RegExp; readonly ipPool: string; readonly hours: number }

const MOVE_HOURS = 4
const MOVE_HOURS_MAX = 24 * 31

/** `S31(40|50) -> Spare for 4 h`: a reply that fits moves what would leave from the same address to the same site. */
export const poolMove: Kind<PoolMove> = kind(
  'regular expression -> pool [for hours h]',
  `must look like S31(40|50) -> Spare for 4 h, with at most ${MOVE_HOURS_MAX} hours`,
  (given) => {
    const [, expression = '', ipPool = '', number = String(MOVE_HOURS)] =
      /^(.+?)\s*->\s*(.+?)(?:\s+for\s+(\d+(?:\.\d+)?)\s*h)?$/.exec(given) ?? []
    const pattern = expression === '' ? undefined : parsePattern(expression)
    const hours = Number(number)
    return pattern && hours > 0 && hours <= MOVE_HOURS_MAX ? { pattern, ipPool, hours } : undefined
  },
)

const TLS_LEVELS = ['none', 'opportunistic', 'required', 'verified'] as const

export type TlsPolicy = { readonly domain: string; readonly level: (typeof TLS_LEVELS)[number]; readonly regardless: boolean }

/** `example.com -> required`, `.example.com -> none regardless`: a dot before the domain stands for all below it. */
export const tlsPolicy: Kind<TlsPolicy> = kind(
  `[.]domain -> ${TLS_LEVELS.join(', ')} [regardless]`,
  `must look like example.com -> required or .example.com -> verified, one of ${TLS_LEVELS.join(', ')}`,
  (given) => {
    const [, dot = '', name = '', word = '', regardless] = /^(\.?)(\S+?)\s*->\s*(\w+)(\s+regardless)?$/i.exec(given) ?? []
    const level = TLS_LEVELS.find((known) => known === word.toLowerCase())
    const domain = domainToASCII(name.replace(/\.$/, ''))
    return level && isHostname(domain) ? { domain: `${dot}${domain}`, level, regardless: regardless !== undefined } : undefined
  },
)

export type TrackingKey = { readonly id: number; readonly key: Secret<Uint8Array> }

/** `id:base64`, the id from 0 to 255. */
export const trackingKey: Kind<TrackingKey> = {
  ...kind('id:base64', 'must be an id from 0 to 255, a colon and 32 bytes in base64', (given) => {
    const [, id, encoded] = /^(\d{1,3}):(.+)$/.exec(given) ?? []
    const key = encoded === undefined ? undefined : parseKey(encoded)
    return key && Number(id) <= 255 ? { id: Number(id), key: createSecret(key) } : undefined
  }),
  secret: true,
}
