/** The HTTP courier: posts a mail to a customer's endpoint and reads the answer as Postal's customers know it. */
import type { Outcome } from '../../domain/delivery.ts'
import { retryAfterMs } from '../../domain/retry-after.ts'
import { type BodySignatures, postalSignatureHeaders } from '../../net/body-signatures.ts'
import type { HttpAnswer, HttpClient } from '../../net/http-client.ts'
import type { HttpFault } from '../../net/http-fault.ts'
import type { HttpEndpoint } from '../../store/endpoints.ts'
import { buildPayload, type EndpointMail } from './endpoint-payload.ts'

export type HttpCourierOptions = {
  readonly http: Pick<HttpClient, 'post'>
  readonly sign: (body: Buffer) => Promise<BodySignatures>
  readonly userAgent: string
  readonly clock: () => Date
}

export type HttpCarried = {
  readonly outcome: Outcome
  /** The endpoint is busy, which is not for the sender to know. */
  readonly withoutBounce: boolean
}

export type HttpCourier = (endpoint: HttpEndpoint, mail: EndpointMail) => Promise<HttpCarried>

const RESPONSE_BYTES_MAX = 64 * 1024
const OUTPUT_MAX = 500
const TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const

export function createHttpCourier({ http, sign, userAgent, clock }: HttpCourierOptions): HttpCourier {
  return async (endpoint, mail) => {
    const body = buildPayload(mail, endpoint)
    const answer = await http.post({
      url: endpoint.url,
      headers: { 'Content-Type': TYPES[endpoint.encoding], 'User-Agent': userAgent, ...postalSignatureHeaders(await sign(body)) },
      body,
      timeoutMs: endpoint.timeoutSeconds * 1_000,
      responseBytesMax: RESPONSE_BYTES_MAX,
    })
    return judgeAnswer(answer, endpoint.url, clock())
  }
}

/** Too early, too much, too slow: come again. RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4 */
const LATER = new Set([408, 425, 429])

export function judgeAnswer(answer: HttpAnswer | HttpFault, url: string, now: Date): HttpCarried {
  const code = answer.kind === 'fault' ? answer.code : answer.status
  const base = {
    details: `Received a ${code} from ${shown(url)}`,
    output: Array.from(answer.kind === 'fault' ? answer.text : answer.body)
      .slice(0, OUTPUT_MAX)
      .join('')
      .trim(),
    sentWithTls: url.toLowerCase().startsWith('https:'),
  }
  const withoutBounce = code === 429
  if (answer.kind === 'fault') return { outcome: { kind: 'soft_fail', ...base, unreachable: true }, withoutBounce }
  if (code >= 200 && code < 300) return { outcome: { kind: 'sent', ...base }, withoutBounce }
  if (!LATER.has(code) && code < 500) return { outcome: { kind: 'hard_fail', ...base }, withoutBounce }
  const asked = retryAfterMs(answer.retryAfter, now)
  return { outcome: { kind: 'soft_fail', ...base, ...(asked === undefined ? {} : { retryAfterMs: asked }) }, withoutBounce }
}

/** User and password stay between us and the endpoint. */
function shown(text: string): string {
  const url = URL.parse(text)
  if (!url || (url.username === '' && url.password === '')) return text
  url.username = ''
  url.password = ''
  return url.href
}
