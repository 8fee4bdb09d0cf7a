/** The relaxed canonical forms that DKIM hashes. RFC 6376 §3.4.2 and §3.4.4 */
import { createHash } from 'node:crypto'

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20

/** SHA-256 of the canonical body, in base64: the bh= tag. */
export const bodyHash = (body: Buffer): string => createHash('sha256').update(relaxedBody(body)).digest('base64')

/**
 * One pass over the bytes of a body with CRLF line endings. Blanks and line ends are only counted until a visible byte
 * follows: so blanks at line ends and empty lines at the end drop out by themselves, and an empty body stays empty.
 */
export function relaxedBody(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length + 2)
  let to = 0
  let lineEnds = 0
  let blank = false
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0
    if (byte === CR && body[at + 1] === LF) continue
    if (byte === SPACE || byte === TAB) {
      blank = true
    } else if (byte === LF) {
      lineEnds++
      blank = false
    } else {
      for (; lineEnds > 0; lineEnds--) {
        out[to++] = CR
        out[to++] = LF
      }
      if (blank) out[to++] = SPACE
      blank = false
      out[to++] = byte
    }
  }
  if (to === 0) return out.subarray(0, 0)
  out[to++] = CR
  out[to++] = LF
  return out.subarray(0, to)
}

/** A field as it is hashed, without its CRLF. Latin-1 text, one character for each byte. */
export function relaxedHeader(name: string, value: string): string {
  const unfolded = value.replace(/\r?\n/g, '').replace(/[ \t]+/g, ' ')
  return `${name}:${unfolded.replace(/^ | $/g, '')}`
}
