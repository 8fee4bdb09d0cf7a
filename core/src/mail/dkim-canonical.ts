/** The relaxed canonical forms that DKIM hashes. RFC 6376 §3.4.2 and §3.4.4 */
import { createHash } from 'node:crypto'

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20

/** SHA-256 of the canonical body, in base64: the bh= tag. */
export const bodyHash = (body: Buffer): string => createHash('sha256').update(relaxedBody(body)).digest('base64')

/**
 * One pass over the bytes of a body with CRLF line endings. White space is only noted until a visible byte follows:
 * so blanks at line ends and empty lines at the end drop out by themselves, and an empty body stays empty.
 */
export function relaxedBody(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length + 2)
  let to = 0
  let at = 0
  while (at < body.length) {
    const space = skipWhiteSpace(body, at)
    at = space.end
    if (at === body.length) break
    for (let line = 0; line < space.lines; line++) to = writeLineEnd(out, to)
    if (space.blank) out[to++] = SPACE
    for (let byte = body[at]; byte !== undefined && !isSpace(byte); byte = body[++at]) out[to++] = byte
  }
  return out.subarray(0, to === 0 ? 0 : writeLineEnd(out, to))
}

/** What a run of white space amounts to: line ends, and whether a blank follows the last of them. */
function skipWhiteSpace(body: Buffer, from: number): { end: number; lines: number; blank: boolean } {
  let end = from
  let lines = 0
  let blank = false
  for (let byte = body[end]; byte !== undefined && isSpace(byte); byte = body[++end]) {
    if (byte === LF) lines++
    blank = byte === SPACE || byte === TAB || (blank && byte === CR)
  }
  return { end, lines, blank }
}

const isSpace = (byte: number): boolean => byte === SPACE || byte === TAB || byte === LF || byte === CR

function writeLineEnd(out: Buffer, to: number): number {
  out[to] = CR
  out[to + 1] = LF
  return to + 2
}

/** A field as it is hashed, without its CRLF. Latin-1 text, one character for each byte. */
export function relaxedHeader(name: string, value: string): string {
  const unfolded = value.replace(/\r?\n/g, '').replace(/[ \t]+/g, ' ')
  return `${name}:${unfolded.replace(/^ | $/g, '')}`
}
