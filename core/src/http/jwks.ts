/** The public halves of the keys that sign webhooks, for receivers to verify with. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { signingKeyId } from '../net/body-signatures.ts'
import { cached } from '../store/cache.ts'

/** RFC 7517 §4, in the order that Postal's receivers know. */
export type SigningJwk = {
  readonly kty: 'RSA'
  readonly n: string
  readonly e: string
  readonly kid: string
  readonly use: 'sig'
  readonly alg: 'RS256'
}

/** By how much receivers may lag behind a rotation. */
export const JWKS_SECONDS = 3_600
const KEPT_MS = 30_000

/** Retired keys stay listed, as receivers may still hold what they signed. */
export function createJwks(readKeys: () => Promise<readonly { readonly privateKey: KeyObject }[]>, clock: () => Date) {
  const jwks = cached<'all', { readonly keys: readonly SigningJwk[] }>({
    load: async () => ({ keys: (await readKeys()).map(({ privateKey }) => toJwk(privateKey)) }),
    ttlMs: KEPT_MS,
    entriesMax: 1,
    clock,
  })
  return () => jwks('all')
}

function toJwk(privateKey: KeyObject): SigningJwk {
  const publicKey = createPublicKey(privateKey)
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  return { kty: 'RSA', n, e, kid: signingKeyId(publicKey), use: 'sig', alg: 'RS256' }
}
