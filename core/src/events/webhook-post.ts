/** One attempt at one webhook request: signs, posts, and says what came of it. */
import type { KeyObject } from 'node:crypto'
import { type KeptHeader, keptHeaders } from '../domain/kept-headers.ts'
import { retryAfterMs } from '../domain/retry-after.ts'
import { type BodySignatures, postalSignatureHeaders, standardSignatureHeaders } from '../net/body-signatures.ts'
import type { HttpAnswer, HttpClient } from '../net/http-client.ts'
import type { HttpFault } from '../net/http-fault.ts'
import type { WebhookRequest } from '../store/webhook-requests.ts'

export type Posting = {
  readonly http: Pick<HttpClient, 'post'>
  readonly sign: (body: Buffer) => Promise<BodySignatures>
  readonly clock: () => Date
  readonly timeoutMs: number
  /** `Postal/…`: some receivers look for it. */
  readonly userAgent: string
}

export type Posted = {
  readonly delivered: boolean
  /** HTTP status; -1 time-out, -2 connection or DNS, -3 TLS. */
  readonly statusCode: number
  readonly responseBody: string
  readonly ms: number
  readonly at: Date
  /** Null when the webhook wants none. */
  readonly signatures: BodySignatures | null
  readonly requestHeaders: readonly KeptHeader[]
  readonly responseHeaders: readonly KeptHeader[]
  /** What the receiver asked for. */
  readonly retryAfterMs: number | undefined
}

/** More of an answer than this is neither read nor kept. */
const RESPONSE_BYTES_MAX = 64 * 1024
/** Those that mean "later". RFC 6585 §4, RFC 9110 §15.6.4 */
const LATER = new Set([429, 503])

export type Signing = {
  readonly url: string
  /** Whether the installation's key signs too. */
  readonly postalSignatures: boolean
  readonly secrets: readonly KeyObject[]
}

/** Redirects are answers like any other, and not 2xx. */
export async function postWebhook(posting: Posting, request: WebhookRequest, { url, postalSignatures, secrets }: Signing): Promise<Posted> {
  const { http, clock, timeoutMs, userAgent } = posting
  const { body, uuid: id } = request
  const signatures = postalSignatures ? (request.signatures ?? (await posting.sign(Buffer.from(body)))) : null
  const at = clock()
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': userAgent,
    ...(signatures && postalSignatureHeaders(signatures)),
    ...standardSignatureHeaders({ id, now: at, body, secrets }),
  }
  const answer = await http.post({ url, headers, body, timeoutMs, responseBytesMax: RESPONSE_BYTES_MAX })
  const ended = clock()
  const requestHeaders = keptHeaders(Object.entries(headers).flat())
  return { ...judge(answer, ended), at, ms: Math.max(0, ended.getTime() - at.getTime()), signatures, requestHeaders }
}

type Judged = Pick<Posted, 'delivered' | 'statusCode' | 'responseBody' | 'responseHeaders' | 'retryAfterMs'>

function judge(answer: HttpAnswer | HttpFault, now: Date): Judged {
  if (answer.kind === 'fault')
    return { delivered: false, statusCode: answer.code, responseBody: answer.text, responseHeaders: [], retryAfterMs: undefined }
  const { status, body, retryAfter, rawHeaders } = answer
  const asked = LATER.has(status) ? retryAfterMs(retryAfter, now) : undefined
  const responseHeaders = keptHeaders(rawHeaders)
  return { delivered: status >= 200 && status < 300, statusCode: status, responseBody: body, responseHeaders, retryAfterMs: asked }
}
