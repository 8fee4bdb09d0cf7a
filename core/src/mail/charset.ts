/** Text in the charset that a mail part declares. */
import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'

/** Decodes bytes. A wrong or unknown charset never fails: UTF-8 if it fits, else Windows-1252, which has a character for every byte. */
export function decodeText(bytes: Buffer, charset: string | undefined): string {
  if (isUndeclared(charset)) return guessText(bytes)
  if (iconv.encodingExists(charset)) return iconv.decode(bytes, charset)
  return decodeByStandard(bytes, charset) ?? guessText(bytes)
}

const guessText = (bytes: Buffer): string => (isUtf8(bytes) ? bytes.toString('utf8') : iconv.decode(bytes, 'windows-1252'))

/** ISO-2022-JP above all, in which Japanese mail is written. WHATWG Encoding §4.2 */
function decodeByStandard(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return undefined // no charset that anybody knows
  }
}

/** How many bytes a text takes in a charset; undefined when it cannot be written in it. */
export function encodedLength(text: string, charset: string | undefined): number | undefined {
  if (isUndeclared(charset)) return Buffer.byteLength(text)
  if (!iconv.encodingExists(charset)) return undefined
  return iconv.encode(text, charset).length
}

/** US-ASCII says nothing about the 8-bit bytes that are found under its name. */
const isUndeclared = (charset: string | undefined): charset is undefined => charset === undefined || /^(us-)?ascii$/i.test(charset)

const STATEFUL = /^iso-2022-/i
const ESCAPE = String.fromCharCode(0x1b)
/** ISO-2022 writes double-byte characters with ASCII bytes between escapes; ESC ( B and ESC ( J return to ASCII. RFC 1468 */
const DOUBLE_BYTES = new RegExp(`${ESCAPE}\\$(?:[@AB]|\\([A-Z])[^${ESCAPE}]*`, 'g')
/** Charsets in which an ASCII byte does not mean the ASCII character. */
const NOT_ASCII = /^(utf-?(7|16|32)|ucs-?[24]|unicode|cp037|ibm037|ebcdic|hz-gb)/i

/**
 * A string with one character for each byte, in which ASCII characters are exactly those of the text; others stand for
 * themselves as Latin-1. So links can be found and replaced by position in any charset without transcoding the rest.
 * Undefined when the charset does not allow it.
 */
export function asciiView(bytes: Buffer, charset: string | undefined): string | undefined {
  if (charset !== undefined && NOT_ASCII.test(charset)) return undefined
  const view = bytes.toString('latin1')
  if (charset === undefined || !STATEFUL.test(charset)) return view
  return view.replace(DOUBLE_BYTES, (run) => '\x80'.repeat(run.length))
}
