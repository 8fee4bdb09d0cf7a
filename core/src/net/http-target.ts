/** Where URLs of customers lead: each is read and judged once, and only to addresses that we may connect to. */
import type { Agent, RequestOptions } from 'node:http'
import type { Agent as TlsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { MayConnect } from './address-guard.ts'
import { isBarredPort } from './barred-ports.ts'
import type { Dns } from './dns.ts'
import { type HttpFault, notReached } from './http-fault.ts'
import { addressesOf } from './mail-hosts.ts'

/** As node takes it. */
export type Target = Pick<RequestOptions, 'protocol' | 'hostname' | 'port' | 'path' | 'auth' | 'agent' | 'lookup'>

export type TargetOptions = { readonly dns: Dns; readonly mayConnect: MayConnect; readonly plain: Agent; readonly tls: TlsAgent }

/** Most posts go where others went before; reading a URL costs a tenth of sending to it. */
const KNOWN_URLS_MAX = 1_000

export function createTargets({ dns, mayConnect, plain, tls }: TargetOptions): (url: string) => Target | HttpFault {
  const lookup = guardedLookup(dns, mayConnect)
  const known = new Map<string, Target | HttpFault>()
  const read = (text: string): Target | HttpFault => {
    const url = readUrl(text, mayConnect)
    return url instanceof URL ? { ...targetOf(url), agent: url.protocol === 'https:' ? tls : plain, lookup } : url
  }
  return (text) => {
    const target = known.get(text) ?? read(text)
    if (known.size >= KNOWN_URLS_MAX) known.clear()
    known.set(text, target)
    return target
  }
}

const BARRED_HOST = 'The host has no public address'

/** A literal address is never looked up, so that it is judged here. */
function readUrl(text: string, mayConnect: MayConnect): URL | HttpFault {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return notReached('Not an HTTP URL')
  if (isBarredPort(Number(url.port || 80))) return notReached(`Port ${url.port} is not for HTTP`)
  const host = bareHost(url)
  return isIP(host) !== 0 && !mayConnect(host) ? notReached(BARRED_HOST) : url
}

const bareHost = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

function targetOf(url: URL): Target {
  const { protocol, port, pathname, search } = url
  return { protocol, hostname: bareHost(url), port, path: `${pathname}${search}`, ...basicAuth(url) }
}

/** User and password of the URL, as they were meant. RFC 7617, RFC 3986 §2.4 */
function basicAuth({ username, password }: URL): { auth?: string } {
  if (username === '' && password === '') return {}
  return { auth: `${percentDecoded(username)}:${percentDecoded(password)}` }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a lone percent sign stands for itself
  }
}

/** Node connects to what this answers, so that no second look-up can give another address (DNS rebinding). */
function guardedLookup(dns: Dns, mayConnect: MayConnect): LookupFunction {
  const find = async (host: string) => {
    const found = await addressesOf(dns, host, 'ipv4_first')
    if (found.kind === 'unavailable') throw new Error(`No name server could say where ${host} is`)
    if (found.kind !== 'found') throw new Error(`The host ${host} is not known`)
    const allowed = found.records.filter(mayConnect)
    if (allowed.length === 0) throw new Error(BARRED_HOST)
    return allowed.map((address) => ({ address, family: isIP(address) }))
  }
  return (host, { all }, callback) => {
    find(host).then(
      (addresses) => (all ? callback(null, addresses) : callback(null, addresses[0]?.address ?? '', addresses[0]?.family)),
      (error: unknown) => callback(error instanceof Error ? error : new Error('look-up failed', { cause: error }), []),
    )
  }
}
