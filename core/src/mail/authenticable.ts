/** What of a mail is authenticated: all of an ordinary one, and so much of a hostile one that it costs no more. */
import { type Header, slicesWithout, splitMail } from './headers.ts'

/** The body is hashed for each anew: a small mail with thousands would take hours. RFC 6376 §6.1 */
const SIGNATURES_MAX = 10
/** mailauth takes the square of the lines that go on with the one above. Signatures and seals of fifty hops fit. */
const HEADER_BYTES_MAX = 256 * 1024
const HEADER_LINES_MAX = 4_000
/** What names an author, where nothing else is looked at. */
const AUTHOR_BYTES_MAX = 4_000
const AUTHORS_MAX = 2

export function authenticable(raw: Buffer, headers: readonly Header[]): Buffer {
  const { headerEnd } = splitMail(raw)
  return headerEnd > HEADER_BYTES_MAX || linesIn(raw.subarray(0, headerEnd)) > HEADER_LINES_MAX
    ? authorsAlone(raw, headers)
    : withFewSignatures(raw, headers)
}

function withFewSignatures(raw: Buffer, headers: readonly Header[]): Buffer {
  const excess = headers.filter(({ name }) => name === 'dkim-signature').slice(SIGNATURES_MAX)
  return excess.length === 0 ? raw : Buffer.concat(slicesWithout(raw, excess, raw.length))
}

/** As if nobody had signed it: who may send for the author's domain, and what that asks for, is found out all the same. */
function authorsAlone(raw: Buffer, headers: readonly Header[]): Buffer {
  const authors = headers.filter(({ name, start, end }) => name === 'from' && end - start <= AUTHOR_BYTES_MAX).slice(0, AUTHORS_MAX)
  return Buffer.concat([...authors.map(({ start, end }) => raw.subarray(start, end)), Buffer.from('\r\n')])
}

function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(0x0a); at !== -1 && lines <= HEADER_LINES_MAX; at = bytes.indexOf(0x0a, at + 1)) lines += 1
  return lines
}
