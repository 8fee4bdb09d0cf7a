/** One attempt at one webhook request: signs, posts, and says what came of it. */
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
  readonly signatures: BodySignatures
  /** What the receiver asked for. */
  readonly retryAfterMs: number | undefined
}

/** More of an answer than this is neither read nor kept. */
const RESPONSE_BYTES_MAX = 64 * 1024
/** Those that mean "later". RFC 6585 §4, RFC 9110 §15.6.4 */
const LATER = new Set([429, 503])

/** Redirects are answers like any other, and not 2xx. */
export async function postWebhook(
  { http, sign, clock, timeoutMs, userAgent }: Posting,
  request: WebhookRequest,
  { url, secrets }: { readonly url: string; readonly secrets: readonly string[] },
): Promise<Posted> {
  const body = Buffer.from(request.body)
  const signatures = request.signatures ?? (await sign(body))
  const at = clock()
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': userAgent,
    ...postalSignatureHeaders(signatures),
    ...standardSignatureHeaders({ id: request.uuid, now: at, body, secrets }),
  }
  const answer = await http.post({ url, headers, body, timeoutMs, responseBytesMax: RESPONSE_BYTES_MAX })
  const ended = clock()
  return { ...judge(answer, ended), at, ms: Math.max(0, ended.getTime() - at.getTime()), signatures }
}

function judge(answer: HttpAnswer | HttpFault, now: Date): Pick<Posted, 'delivered' | 'statusCode' | 'responseBody' | 'retryAfterMs'> {
  if (answer.kind === 'fault') return { delivered: false, statusCode: answer.code, responseBody: answer.text, retryAfterMs: undefined }
  const { status, body, retryAfter } = answer
  const asked = LATER.has(status) ? retryAfterMs(retryAfter, now) : undefined
  return { delivered: status >= 200 && status < 300, statusCode: status, responseBody: body, retryAfterMs: asked }
}
