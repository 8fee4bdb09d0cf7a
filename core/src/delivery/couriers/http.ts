/** The HTTP courier: posts a mail to a customer's endpoint and reads the answer as Postal's customers know it. */
import type { KeyObject } from 'node:crypto'
import type { Outcome } from '../../domain/delivery.ts'
import { retryAfterMs } from '../../domain/retry-after.ts'
import { type BodySignatures, postalSignatureHeaders, standardSignatureHeaders } from '../../net/body-signatures.ts'
import type { HttpAnswer, HttpClient } from '../../net/http-client.ts'
import type { HttpFault } from '../../net/http-fault.ts'
import type { HttpEndpointRow } from '../../store/endpoints.ts'
import { buildPayload, type EndpointMail } from './endpoint-payload.ts'
import type { Lines } from './lines.ts'
import type { Later } from './site.ts'

export type HttpCourierOptions = {
  readonly http: Pick<HttpClient, 'post'>
  /** One for each origin: the time that an endpoint has begins when a connection to it is free. */
  readonly lines: Pick<Lines, 'run'>
  /** As Postal does, for endpoints that ask for it. */
  readonly sign: (body: Buffer) => Promise<BodySignatures>
  /** The endpoint's own, the newer first; none for one that came from Postal. */
  readonly secretsOf: (endpoint: HttpEndpointRow) => readonly KeyObject[]
  readonly userAgent: string
  readonly clock: () => Date
}

export type HttpCarried = {
  readonly kind: 'carried'
  readonly outcome: Outcome
  /** The endpoint is busy, which is not for the sender to know. */
  readonly withoutBounce: boolean
}

/** `mark` is called before anything leaves. */
export type HttpCourier = (endpoint: HttpEndpointRow, mail: EndpointMail, mark: () => Promise<void>) => Promise<HttpCarried | Later>

const RESPONSE_BYTES_MAX = 64 * 1024
const OUTPUT_MAX = 500
const TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const

export function createHttpCourier({ http, lines, sign, secretsOf, userAgent, clock }: HttpCourierOptions): HttpCourier {
  return (endpoint, mail, mark) =>
    lines.run({
      place: URL.parse(endpoint.url)?.origin ?? endpoint.url,
      tenant: endpoint.mailServerId,
      prepare: async () => {
        const body = buildPayload(mail, endpoint)
        const [signatures] = await Promise.all([endpoint.postalSignatures ? sign(body) : null, mark()])
        const postal = signatures ? postalSignatureHeaders(signatures) : {}
        return { body, headers: { 'Content-Type': TYPES[endpoint.encoding], 'User-Agent': userAgent, ...postal } }
      },
      work: async ({ body, headers }) => {
        const timeoutMs = endpoint.timeoutSeconds * 1_000
        const signed = { id: mail.message.token, now: clock(), body, secrets: secretsOf(endpoint) }
        const request = { body, headers: { ...headers, ...standardSignatureHeaders(signed) } }
        const answer = await http.post({ ...request, url: endpoint.url, timeoutMs, responseBytesMax: RESPONSE_BYTES_MAX })
        return judgeAnswer(answer, endpoint.url, clock())
      },
    })
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
  const carried = (outcome: Outcome): HttpCarried => ({ kind: 'carried', outcome, withoutBounce: code === 429 })
  if (answer.kind === 'fault') return carried({ kind: 'soft_fail', ...base, unreachable: true })
  if (code >= 200 && code < 300) return carried({ kind: 'sent', ...base })
  if (!LATER.has(code) && code < 500) return carried({ kind: 'hard_fail', ...base })
  const asked = retryAfterMs(answer.retryAfter, now)
  return carried({ kind: 'soft_fail', ...base, ...(asked === undefined ? {} : { retryAfterMs: asked }) })
}

/** User and password stay between us and the endpoint. */
function shown(text: string): string {
  const url = URL.parse(text)
  if (!url || (url.username === '' && url.password === '')) return text
  url.username = ''
  url.password = ''
  return url.href
}
