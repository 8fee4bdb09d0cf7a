/** The tags of tracking tokens: HMAC-SHA-256 (RFC 2104) under derived keys whose state is kept, so that a tag costs a few microseconds. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type TrackingKeys, tokenKey } from './keys.ts'
import type { Purpose } from './purpose.ts'
import { encodeText } from './text.ts'

export const TAG_BYTES = 16
/** One kept state is about 1 KB. */
const KEPT_MAX = 4_096

/** The host is signed but not carried: a token moved to another tenant's tracking host is worthless there. */
export type Seal = { readonly keyId: number; readonly purpose: Purpose; readonly mailServerId: number; readonly host: string }

export type Tagger = {
  /** Undefined when the key id is unknown. The result is valid until the next call. */
  readonly tagOf: (seal: Seal, body: Uint8Array) => Uint8Array | undefined
  readonly hasTag: (seal: Seal, body: Uint8Array, tag: Uint8Array) => boolean
}

/** Tag of a body under one seal; the result is valid until the next call. */
type Mac = (body: Uint8Array) => Uint8Array

export function createTagger({ keys }: TrackingKeys): Tagger {
  const kept = new Map<string, Mac>()

  function macFor(seal: Seal): Mac | undefined {
    const master = keys.get(seal.keyId)
    return master && createMac(tokenKey(master, seal.purpose, seal.mailServerId), seal.host)
  }
  function keep(name: string, mac: Mac): void {
    const oldest = kept.size < KEPT_MAX ? undefined : kept.keys().next().value
    if (oldest !== undefined) kept.delete(oldest)
    kept.set(name, mac)
  }

  return {
    tagOf(seal, body) {
      const name = nameOf(seal)
      const known = kept.get(name)
      if (known) return known(body)
      const mac = macFor(seal)
      if (mac) keep(name, mac)
      return mac?.(body)
    },
    hasTag(seal, body, tag) {
      const name = nameOf(seal)
      const known = kept.get(name)
      if (known) return sameBytes(known(body), tag)
      const mac = macFor(seal)
      const proven = mac !== undefined && sameBytes(mac(body), tag)
      if (proven) keep(name, mac) // only then, so that made-up tokens cannot push out the real ones
      return proven
    },
  }
}

const nameOf = ({ keyId, purpose, mailServerId, host }: Seal): string => `${mailServerId}/${purpose}/${keyId}/${host}`

/** HMAC over host, a zero byte (which no host contains) and body, begun once for all bodies. */
function createMac(key: Uint8Array, host: string): Mac {
  const begun = hmac.create(sha256, key).update(encodeText(`${host}\0`))
  const scratch = begun.clone()
  const digest = new Uint8Array(32)
  const tag = digest.subarray(0, TAG_BYTES)

  return (body) => {
    begun._cloneInto(scratch)
    scratch.update(body).digestInto(digest)
    return tag
  }
}

/** Takes the same time wherever the first difference is. */
function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index++) difference |= (left[index] ?? 0) ^ (right[index] ?? 0)
  return difference === 0
}
