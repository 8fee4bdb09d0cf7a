/** Judges who sent an incoming mail: SPF, DKIM, DMARC and ARC, by mailauth. RFC 7208, RFC 6376, RFC 7489, RFC 8617 */
import { Readable } from 'node:stream'
import { authenticate } from 'mailauth'
import { authenticable } from './authenticable.ts'
import { type Header, readHeaders, removeHeaders } from './headers.ts'

/** As mailauth asks: like `dns.promises.resolve`, rejecting with `code` when there is nothing. */
export type Resolve = (name: string, type: string) => Promise<unknown>

export type SenderFacts = {
  readonly mailFrom: string
  /** Who judges, as it stands in front of the verdicts. RFC 8601 §2.5 */
  readonly hostname: string
  readonly resolve: Resolve
  /** For all questions together. */
  readonly deadlineMs?: number
}

const DEADLINE_MS = 20_000

/** In the words of RFC 8601 §2.7. */
export type Verdicts = {
  readonly spf: string
  readonly dkim: readonly { readonly domain: string; readonly selector: string; readonly result: string }[]
  readonly dmarc: string
  readonly dmarcPolicy: string | null
  readonly arc: string
}

export type Judged = {
  readonly verdicts: Verdicts
  /** The whole Authentication-Results field with its CRLF. */
  readonly header: string
}

export async function judgeSender(raw: Buffer, { mailFrom, hostname, resolve, deadlineMs = DEADLINE_MS }: SenderFacts): Promise<Judged> {
  const headers = readHeaders(raw)
  const client = clientOf(headers)
  using dns = withDeadline(resolve, deadlineMs)
  // As one piece: mailauth begins a line anew with every piece that it goes through
  const result = await authenticate(Readable.from([authenticable(raw, headers)]), {
    ...(client ? { ip: client.ip, helo: client.helo } : {}),
    sender: mailFrom,
    mta: hostname,
    resolver: dns.resolver,
    disableBimi: true,
    trustReceived: false,
  })
  const { spf, dkim, dmarc, arc } = result
  const verdicts: Verdicts = {
    spf: (spf ? spf.status?.result : undefined) ?? 'none',
    dkim: (dkim?.results ?? []).map((one) => ({
      domain: String(one.signingDomain ?? ''),
      selector: String(one.selector ?? ''),
      result: one.status?.result ?? 'none',
    })),
    dmarc: (dmarc ? dmarc.status?.result : undefined) ?? 'none',
    dmarcPolicy: (dmarc ? dmarc.p : undefined) ?? null,
    arc: (arc ? arc.status?.result : undefined) ?? 'none',
  }
  return { verdicts, header: authenticationResults(result.headers) }
}

type Resolver = NonNullable<NonNullable<Parameters<typeof authenticate>[1]>['resolver']>

/** Servers of the sender's own may answer each question late. What is not known by then failed for now. RFC 7208 §4.6.4 */
function withDeadline(resolve: Resolve, ms: number): { readonly resolver: Resolver } & Disposable {
  const late = Promise.withResolvers<never>()
  late.promise.catch(() => undefined) // nobody may be waiting when the time is over
  const timer = setTimeout(() => late.reject(Object.assign(new Error('DNS took too long'), { code: 'ETIMEOUT' })), ms)
  const resolver: Resolve = (name, type) => Promise.race([late.promise, resolve(name, type)])
  return { resolver: resolver as Resolver, [Symbol.dispose]: () => clearTimeout(timer) } // its own type names each record type
}

/** The envelope sender is somebody else's: a bounce would hit him. */
export const isForged = (verdicts: Verdicts | null | undefined): boolean => verdicts?.spf === 'fail' && verdicts.dmarc !== 'pass'

/** Of the trace field that we put in front ourselves; undefined in privacy mode. */
function clientOf(headers: readonly Header[]): { readonly ip: string; readonly helo: string } | undefined {
  const trace = headers.find(({ name }) => name === 'received')?.value ?? ''
  const [, helo, ip] = /^from (\S+) \(\S* ?\[(?:IPv6:)?([\da-fA-F.:]+)\]\)/.exec(trace) ?? []
  return helo && ip ? { ip, helo } : undefined
}

function authenticationResults(headers: string): string {
  const start = headers.search(/^Authentication-Results:/im)
  if (start < 0) return ''
  const field = /^Authentication-Results:.*(?:\r?\n[ \t].*)*/i.exec(headers.slice(start))?.[0] ?? ''
  return `${field.replace(/\r?\n/g, '\r\n')}\r\n`
}

/** Verdicts that somebody else wrote in our name go. RFC 8601 §5 */
export function withoutForgedVerdicts(raw: Buffer, hostname: string): Buffer {
  const ours = (value: string): boolean => value.trimStart().toLowerCase().startsWith(hostname.toLowerCase())
  const headers = readHeaders(raw)
  const forged = headers.some(({ name, value }) => name === 'authentication-results' && ours(value))
  return forged ? removeHeaders(raw, ['authentication-results']) : raw
}
