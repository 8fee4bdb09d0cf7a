/** Base64url without padding (RFC 4648 §5), strict: every byte string has exactly one spelling, so no other spelling of a token is accepted. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const INVALID = 64
const VALUES = new Uint8Array(128).fill(INVALID)
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value

/** Every two characters that 12 bits can be, so that three bytes are written in two steps. */
const PAIRS = Array.from({ length: 4_096 }, (_, bits) => ALPHABET.charAt(bits >> 6) + ALPHABET.charAt(bits & 63))

export function toBase64url(bytes: Uint8Array): string {
  let out = ''
  const whole = bytes.length - (bytes.length % 3)
  for (let at = 0; at < whole; at += 3) {
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    out += PAIRS[bits >> 12]
    out += PAIRS[bits & 4_095]
  }
  const last = bytes[whole]
  if (last === undefined) return out
  const next = bytes[whole + 1]
  if (next === undefined) return out + PAIRS[last << 4]
  return out + PAIRS[(last << 4) | (next >> 4)] + ALPHABET.charAt((next & 15) << 2)
}

/** Undefined for a foreign character, a length that cannot be, or left-over bits that are not zero (RFC 4648 §3.5). */
export function fromBase64url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array((text.length * 6) >> 3)
  let written = 0
  let pending = 0
  let bits = 0
  for (let index = 0; index < text.length; index++) {
    const value = VALUES[text.charCodeAt(index)] ?? INVALID
    if (value === INVALID) return undefined
    pending = (pending << 6) | value
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[written++] = pending >> bits
    pending &= (1 << bits) - 1
  }
  return pending === 0 ? bytes : undefined
}
