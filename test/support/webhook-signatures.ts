/** Verifies what a customer would: Postal's RSA signatures by a published key, and Standard Webhooks headers by a shared secret. */
import { createHash, createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export type Mark = 'good' | 'bad' | 'absent'

export type Verification = {
  /** `X-Postal-Signature`: RSASSA-PKCS1-v1_5 with SHA-1 over the body. */
  readonly sha1: Mark
  /** `X-Postal-Signature-256`: the same with SHA-256. */
  readonly sha256: Mark
  /** `X-Postal-Signature-KID`: SHA-256 of the key in PKCS#1, in hex, and in the JWKS under this id. */
  readonly kid: Mark
  /** `webhook-id`, `-timestamp` and `-signature`, signed with the secret and less than five minutes old. */
  readonly standard: Mark
}

export type Signed = { readonly headers: IncomingHttpHeaders; readonly raw: Buffer; readonly receivedAt: Date }

export type Trust = {
  /** Where the keys are published, or the key itself: PEM, or the base64 of a DKIM record's `p=`. */
  readonly jwksUrl?: string
  readonly publicKey?: string
  /** `whsec_…` */
  readonly secret?: string
}

export async function verifyWebhook(signed: Signed, trust: Trust): Promise<Verification> {
  const kid = header(signed, 'x-postal-signature-kid')
  const key = await publicKey(trust, kid)
  return {
    sha1: markRsa(signed, 'x-postal-signature', 'RSA-SHA1', key),
    sha256: markRsa(signed, 'x-postal-signature-256', 'RSA-SHA256', key),
    kid: kid === undefined ? 'absent' : mark(key !== undefined && kid === keyId(key)),
    standard: markStandard(signed, trust.secret),
  }
}

/** As Postal names keys: of the PKCS#1 form, SEQUENCE of n and e. */
export const keyId = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'pkcs1', format: 'der' }))
    .digest('hex')

const TOLERANCE_MS = 5 * 60_000

const mark = (good: boolean): Mark => (good ? 'good' : 'bad')

function header({ headers }: Signed, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

async function publicKey({ jwksUrl, publicKey: given }: Trust, kid: string | undefined): Promise<KeyObject | undefined> {
  if (given !== undefined) return createPublicKey(given.includes('-----') ? given : pem(given))
  if (jwksUrl === undefined) return undefined
  const response = await fetch(jwksUrl, { signal: AbortSignal.timeout(5_000) })
  const { keys } = (await response.json()) as { keys: { kid?: string }[] } // RFC 7517 §5; a wrong shape fails the test, as it should
  const key = keys.find((one) => one.kid === kid)
  return key && createPublicKey({ key: { ...key }, format: 'jwk' })
}

/** As Anymail and the PHP receivers do with the text of the DKIM record. */
const pem = (base64: string): string => `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----`

function markRsa(signed: Signed, name: string, algorithm: string, key: KeyObject | undefined): Mark {
  const signature = header(signed, name)
  if (signature === undefined) return 'absent'
  return mark(key !== undefined && verify(algorithm, signed.raw, key, Buffer.from(signature, 'base64')))
}

/** https://www.standardwebhooks.com: HMAC-SHA-256 over `id.timestamp.body`; several signatures while a secret is being changed. */
function markStandard(signed: Signed, secret: string | undefined): Mark {
  const signatures = header(signed, 'webhook-signature')
  if (signatures === undefined) return 'absent'
  const timestamp = header(signed, 'webhook-timestamp') ?? ''
  const key = Buffer.from(secret?.replace(/^whsec_/, '') ?? '', 'base64')
  const expected = createHmac('sha256', key)
    .update(`${header(signed, 'webhook-id')}.${timestamp}.`)
    .update(signed.raw)
    .digest()
  const fresh = Math.abs(signed.receivedAt.getTime() - Number(timestamp) * 1_000) <= TOLERANCE_MS
  const equal = signatures.split(' ').some((one) => one.startsWith('v1,') && same(Buffer.from(one.slice(3), 'base64'), expected))
  return mark(secret !== undefined && fresh && equal)
}

const same = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b)
