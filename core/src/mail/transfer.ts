/** Transfer encodings, decoded so that a place in the text can be found again in the encoded bytes. RFC 2045 §6 */

/** Decoded bytes, and where each of them starts in the encoded ones; one more entry marks the end. */
export type MappedBytes = { readonly bytes: Buffer; readonly starts: Uint32Array }

const EQUALS = 0x3d
const CR = 0x0d
const LF = 0x0a
const LINE_MAX = 76

/** RFC 2045 §6.7; a broken escape stands for itself. */
export function decodeQuotedPrintable(encoded: Buffer): MappedBytes {
  const bytes = Buffer.allocUnsafe(encoded.length)
  const starts = new Uint32Array(encoded.length + 1)
  let to = 0
  let at = 0
  while (at < encoded.length) {
    const byte = encoded[at] ?? 0
    const softBreak = byte === EQUALS ? softBreakLength(encoded, at) : 0
    if (softBreak > 0) {
      at += softBreak
      continue
    }
    const escaped = byte === EQUALS ? hexPair(encoded, at + 1) : -1
    starts[to] = at
    bytes[to++] = escaped === -1 ? byte : escaped
    at += escaped === -1 ? 1 : 3
  }
  starts[to] = encoded.length
  return { bytes: bytes.subarray(0, to), starts: starts.subarray(0, to + 1) }
}

/** `=` at a line end, with blanks that a relay may have added in between. */
function softBreakLength(encoded: Buffer, at: number): number {
  let end = at + 1
  while (end - at < LINE_MAX && (encoded[end] === 0x20 || encoded[end] === 0x09)) end++
  if (encoded[end] === LF) return end + 1 - at
  if (encoded[end] === CR && encoded[end + 1] === LF) return end + 2 - at
  return 0
}

function hexPair(encoded: Buffer, at: number): number {
  const high = hexDigit(encoded[at])
  const low = hexDigit(encoded[at + 1])
  return high === -1 || low === -1 ? -1 : high * 16 + low
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

type Place = { readonly atLineStart: boolean; readonly atLineEnd: boolean }

/**
 * Quoted-printable for text put into an encoded line: it gets lines of its own, joined by soft breaks, so that no line
 * grows beyond 76 characters whatever stands around it.
 */
export function insertQuotedPrintable(text: string, { atLineStart, atLineEnd }: Place): string {
  const bytes = Buffer.from(text).toString('latin1')
  const encoded = bytes.replace(/[^\x20-\x3c\x3e-\x7e]/g, escapeByte)
  // 73 characters and then a whole escape or what else fits, but never the beginning of an escape
  const lines = encoded.match(/.{1,72}(?:=..|[^=]{0,3})/g) ?? []
  return `${atLineStart ? '' : '=\r\n'}${lines.join('=\r\n')}${atLineEnd ? '' : '=\r\n'}`
}

const escapeByte = (byte: string): string => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

/** Undefined when the text holds more than one run of base64 or is broken, so that decoding would lose bytes. */
export function decodeBase64Exactly(encoded: Buffer): Buffer | undefined {
  const compact = encoded.toString('latin1').replace(/[ \t\r\n]+/g, '')
  const bytes = Buffer.from(compact, 'base64')
  return bytes.toString('base64') === compact ? bytes : undefined
}

/** Lines of 76 characters with CRLF, the last one without. */
export function encodeBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{76}(?!$)/g, '$&\r\n')
}

/** Decodes for reading: what is broken is skipped. Unknown encodings are taken as they are. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(bytes.toString('latin1'), 'base64')
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(bytes).bytes
  return bytes
}
