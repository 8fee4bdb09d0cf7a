/** Signs the bodies that we post to customers: as Postal does, for all receivers, and as Standard Webhooks does, for one. */
import { createHash, createHmac, createPublicKey, createSecretKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** Base64 of RSASSA-PKCS1-v1_5 over the exact bytes, and which key made them. */
export type BodySignatures = { readonly kid: string; readonly sha1: string; readonly sha256: string }

/** One key of the installation, with the id by which receivers find it in the JWKS. */
export type BodySigningKey = { readonly kid: string; readonly privateKey: KeyObject }

const signOnPool = promisify(sign)

/** What `X-Postal-Signature-KID` and the JWKS name: SHA-256 of the public key as PKCS#1 writes it, in hex. RFC 8017 §A.1.1 */
export function signingKeyId(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return createHash('sha256')
    .update(publicKey.export({ type: 'pkcs1', format: 'der' }))
    .digest('hex')
}

/** Both on the thread pool, so that other work goes on. */
export async function signBody({ kid, privateKey }: BodySigningKey, body: Buffer): Promise<BodySignatures> {
  const [sha1, sha256] = await Promise.all([signOnPool('RSA-SHA1', body, privateKey), signOnPool('RSA-SHA256', body, privateKey)])
  return { kid, sha1: sha1.toString('base64'), sha256: sha256.toString('base64') }
}

export const postalSignatureHeaders = ({ kid, sha1, sha256 }: BodySignatures): Record<string, string> => ({
  'X-Postal-Signature': sha1,
  'X-Postal-Signature-256': sha256,
  'X-Postal-Signature-KID': kid,
})

export type StandardSigning = {
  readonly id: string
  /** Of this attempt: receivers refuse what is older than minutes. */
  readonly now: Date
  readonly body: Buffer | string
  /** While one replaces another both sign. */
  readonly secrets: readonly KeyObject[]
}

/** Of a secret as its owner knows it: `whsec_…`. Made once, because to read it costs as much as to sign with it. */
export const standardSecret = (secret: string): KeyObject => createSecretKey(Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))

/** https://www.standardwebhooks.com: HMAC-SHA-256 over `id.timestamp.body`. None without a secret. */
export function standardSignatureHeaders({ id, now, body, secrets }: StandardSigning): Record<string, string> {
  if (secrets.length === 0) return {}
  const timestamp = String(Math.floor(now.getTime() / 1_000))
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')}`,
  )
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
