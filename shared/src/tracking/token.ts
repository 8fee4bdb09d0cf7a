/** Tracking tokens: signed by the core when it renders a mail, verified at the edge without asking anybody. */
import { fromBase64url, toBase64url } from './base64url.ts'
import type { TrackingKeys } from './keys.ts'
import { HEAD_BYTES, readClaims, type TokenClaims, writeClaims } from './layout.ts'
import type { Purpose } from './purpose.ts'
import { createTagger, TAG_BYTES } from './tagger.ts'

export type { TrackingKeys } from './keys.ts'
export type { TokenClaims } from './layout.ts'
export type { Purpose } from './purpose.ts'

export type NewToken = Omit<TokenClaims, 'keyId'>
/** Undefined when the destination is not an http or https URL, is too long, or a number is out of range: leave that link alone. */
export type TokenSigner = (claims: NewToken, host: string) => string | undefined
/** Undefined for whatever is not exactly what we signed for this purpose and host within the last two years. Never throws. */
export type TokenVerifier = (token: string, purpose: Purpose, host: string, today: number) => TokenClaims | undefined

/** URLs longer than about 2,000 characters break in some mail clients; 1,900 leave room for scheme, host and path. */
export const TOKEN_CHARACTERS_MAX = 1_900
export const DESTINATION_BYTES_MAX = Math.floor((TOKEN_CHARACTERS_MAX * 3) / 4) - HEAD_BYTES - TAG_BYTES
const AGE_DAYS_MAX = 2 * 366
const TOKEN_CHARACTERS_MIN = Math.ceil(((HEAD_BYTES + TAG_BYTES) * 4) / 3)
const DAY_MS = 86_400_000

/** The day a token is issued or looked at, in days since 1970, UTC. */
export const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY_MS)

/** @throws RangeError when the current key is missing. */
export function createTokenSigner(keys: TrackingKeys): TokenSigner {
  const tagger = createTagger(keys)
  const keyId = keys.current
  if (!keys.keys.has(keyId)) throw new RangeError(`tracking key ${keyId} is missing`)

  return (newToken, host) => {
    const body = writeClaims({ ...newToken, keyId })
    if (!body || body.length > HEAD_BYTES + DESTINATION_BYTES_MAX) return undefined
    const { purpose, mailServerId } = newToken
    const tag = tagger.tagOf({ keyId, purpose, mailServerId, host: canonicalHost(host) }, body)
    if (!tag) return undefined

    const token = new Uint8Array(body.length + TAG_BYTES)
    token.set(body)
    token.set(tag, body.length)
    return toBase64url(token)
  }
}

export function createTokenVerifier(keys: TrackingKeys): TokenVerifier {
  const tagger = createTagger(keys)

  return (token, purpose, host, today) => {
    if (token.length < TOKEN_CHARACTERS_MIN || token.length > TOKEN_CHARACTERS_MAX) return undefined
    const bytes = fromBase64url(token)
    if (!bytes) return undefined
    const body = bytes.subarray(0, -TAG_BYTES)
    const claims = readClaims(body)
    if (claims?.purpose !== purpose || today - claims.issuedDay > AGE_DAYS_MAX) return undefined

    const { keyId, mailServerId } = claims
    const genuine = tagger.hasTag({ keyId, purpose, mailServerId, host: canonicalHost(host) }, body, bytes.subarray(-TAG_BYTES))
    return genuine ? claims : undefined
  }
}

/** As in a Host header (RFC 9110 §7.2), told apart neither by case nor by naming the scheme's own port. */
export const canonicalHost = (host: string): string => host.toLowerCase().replace(/\.?(:80|:443)?$/, '')
