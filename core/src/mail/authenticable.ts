/** What of a mail is authenticated: all of an ordinary one, and so much of a hostile one that it costs no more. */
import { type Header, slicesWithout, splitMail } from './headers.ts'

/** The body may be hashed for each anew: a small mail with thousands would take hours. RFC 6376 §6.1 */
const SIGNATURES_MAX = 10
/** What hashing for all of them may take, in bytes: so that two count in a mail of 40 MB. */
const HASHED_MAX = 160 * 1024 * 1024
/** A line takes as long as so many bytes when its end has to be mended. */
const LINE_WORTH = 40
/** Text of 25 MB has half of them; a megabyte of line ends has as many. */
const BODY_LINES_MAX = 1_000_000
/** mailauth takes the square of the lines that go on with the one above. Signatures and seals of fifty hops fit. */
const HEADER_BYTES_MAX = 256 * 1024
const HEADER_LINES_MAX = 4_000
/** What names an author, where nothing else is looked at. */
const AUTHOR_BYTES_MAX = 4_000
const AUTHORS_MAX = 2

export function authenticable(raw: Buffer, headers: readonly Header[]): Buffer {
  const { headerEnd } = splitMail(raw)
  if (headerEnd > HEADER_BYTES_MAX || linesIn(raw.subarray(0, headerEnd), HEADER_LINES_MAX) > HEADER_LINES_MAX)
    return authorsAlone(raw, headers)
  const lines = linesIn(raw, BODY_LINES_MAX)
  return lines > BODY_LINES_MAX ? authorsAlone(raw, headers) : withFewSignatures(raw, headers, lines)
}

function withFewSignatures(raw: Buffer, headers: readonly Header[], lines: number): Buffer {
  const affordable = Math.min(SIGNATURES_MAX, Math.floor(HASHED_MAX / (raw.length + lines * LINE_WORTH)))
  const excess = headers.filter(({ name }) => name === 'dkim-signature').slice(Math.max(1, affordable))
  return excess.length === 0 ? raw : Buffer.concat(slicesWithout(raw, excess, raw.length))
}

/** As if nobody had signed it: who may send for the author's domain, and what that asks for, is found out all the same. */
function authorsAlone(raw: Buffer, headers: readonly Header[]): Buffer {
  const authors = headers.filter(({ name, start, end }) => name === 'from' && end - start <= AUTHOR_BYTES_MAX).slice(0, AUTHORS_MAX)
  return Buffer.concat([...authors.map(({ start, end }) => raw.subarray(start, end)), Buffer.from('\r\n')])
}

/** Counts one more than `max` at most. */
function linesIn(bytes: Buffer, max: number): number {
  let lines = 0
  for (let at = bytes.indexOf(0x0a); at !== -1 && lines <= max; at = bytes.indexOf(0x0a, at + 1)) lines += 1
  return lines
}
