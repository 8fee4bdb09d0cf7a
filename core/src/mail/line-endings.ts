/** Line endings of a mail: SMTP carries CRLF and nothing else. */

const CR = 0x0d
const LF = 0x0a

/** Turns every lone CR or LF into CRLF (RFC 5321 §2.3.8); returns the same buffer when there is none. */
export function normaliseLineEndings(raw: Buffer): Buffer {
  const lone = countLone(raw)
  if (lone === 0) return raw

  const out = Buffer.allocUnsafe(raw.length + lone)
  let to = 0
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at] ?? 0
    if (byte !== CR && byte !== LF) {
      out[to++] = byte
      continue
    }
    out[to++] = CR
    out[to++] = LF
    if (byte === CR && raw[at + 1] === LF) at++
  }
  return out
}

/** How many bytes are missing; two native scans, because nearly all mail is fine. */
function countLone(raw: Buffer): number {
  let lone = 0
  let pairs = 0
  for (let at = raw.indexOf(CR); at !== -1; at = raw.indexOf(CR, at + 1)) {
    if (raw[at + 1] === LF) pairs++
    else lone++
  }
  let feeds = 0
  for (let at = raw.indexOf(LF); at !== -1; at = raw.indexOf(LF, at + 1)) feeds++
  return lone + feeds - pairs
}
