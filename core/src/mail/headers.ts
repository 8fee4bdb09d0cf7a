/** The header section of a raw mail, found and changed without copying or decoding the body. RFC 5322 §2.2 */
import { isUtf8 } from 'node:buffer'

const CR = 0x0d
const LF = 0x0a
const COLON = 0x3a
const SPACE = 0x20
const TAB = 0x09
const CRLF = Buffer.from('\r\n')

export type MailSplit = {
  /** Just after the last header line and its line ending. */
  readonly headerEnd: number
  /** Just after the blank line; equal to `headerEnd` when a mail has none. */
  readonly bodyStart: number
}

export type Header = {
  /** Lower-case. */
  readonly name: string
  /** Unfolded and trimmed; encoded words (RFC 2047) are left as they are. */
  readonly value: string
  /** The bytes of the field in the raw mail, line ending included. */
  readonly start: number
  readonly end: number
  /** Just after the colon. */
  readonly valueStart: number
}

/** A stretch of a buffer, for the parts of a multipart mail. */
export type Range = { readonly start: number; readonly end: number }

const whole = (raw: Buffer): Range => ({ start: 0, end: raw.length })

/** Finds where the body starts. Lines may end in LF alone; without a blank line everything is header. */
export function splitMail(raw: Buffer, { start, end }: Range = whole(raw)): MailSplit {
  let lineStart = start
  while (lineStart < end) {
    if (raw[lineStart] === LF) return { headerEnd: lineStart, bodyStart: lineStart + 1 }
    if (raw[lineStart] === CR && raw[lineStart + 1] === LF && lineStart + 1 < end) {
      return { headerEnd: lineStart, bodyStart: lineStart + 2 }
    }
    lineStart = nextLine(raw, lineStart, end)
  }
  return { headerEnd: end, bodyStart: end }
}

/** What a header section may hold at the door: each field becomes an object, for every reader again, and 25 MB hold five million. */
const HEADER_BYTES_MAX = 1024 * 1024
export const HEADER_FIELDS_MAX = 5_000

/** Whether a mail's header section is larger than any that somebody wrote; costs no more to find out for a larger one. */
export function hasHugeHeader(raw: Buffer): boolean {
  let fields = 0
  for (let at = 0; at < raw.length; at = nextLine(raw, at, raw.length)) {
    if (at > HEADER_BYTES_MAX || fields > HEADER_FIELDS_MAX) return true
    if (raw[at] === LF || (raw[at] === CR && raw[at + 1] === LF)) return false
    if (!isBlank(raw[at])) fields += 1
  }
  return raw.length > HEADER_BYTES_MAX || fields > HEADER_FIELDS_MAX
}

/**
 * Lists the fields in the order they stand. A line that starts no field goes on with the one above, even if it lacks the
 * blank in front: verifiers and mail readers take it so, and what is removed must be removed whole.
 */
export function readHeaders(raw: Buffer, range: Range = whole(raw)): Header[] {
  const { headerEnd } = splitMail(raw, range)
  const headers: Header[] = []
  let open: FieldStart | undefined
  let lineStart = range.start
  while (lineStart < headerEnd) {
    const lineEnd = nextLine(raw, lineStart, headerEnd)
    const next = fieldStart(raw, lineStart, lineEnd)
    if (next && open) headers.push(readField(raw, open, lineStart))
    open = next ?? open
    lineStart = lineEnd
  }
  if (open) headers.push(readField(raw, open, headerEnd))
  return headers
}

/** The field that counts for a reader when there are several: the last one is nearest to the author. */
export function lastHeader(headers: readonly Header[], name: string): string | undefined {
  return headers.findLast((header) => header.name === name)?.value
}

/** Leaves out every field whose lower-case name is asked for; returns the same buffer when there is none. */
export function removeHeaders(raw: Buffer, names: readonly string[]): Buffer {
  const gone = readHeaders(raw).filter((header) => names.includes(header.name))
  if (gone.length === 0) return raw
  return Buffer.concat(slicesWithout(raw, gone, raw.length))
}

/** The stretches of the first `end` bytes that remain when some fields are left out. */
export function slicesWithout(raw: Buffer, gone: readonly Header[], end: number): Buffer[] {
  const slices: Buffer[] = []
  let from = 0
  for (const header of gone) {
    if (header.start > from) slices.push(raw.subarray(from, header.start))
    from = header.end
  }
  if (end > from) slices.push(raw.subarray(from, end))
  return slices
}

/** Puts finished header lines, each with its CRLF, in front. A mail without a header gets the blank line it lacks. */
export function prependHeaders(raw: Buffer, lines: readonly string[]): Buffer {
  return Buffer.concat([Buffer.from(lines.join('')), withBlankLine(raw)])
}

/** Ends the header section as RFC 5322 §2.1 asks, so that fields put in front never touch a body. */
export function withBlankLine(raw: Buffer): Buffer {
  const { headerEnd, bodyStart } = splitMail(raw)
  if (bodyStart > headerEnd) return raw
  const unterminated = headerEnd > 0 && raw[headerEnd - 1] !== LF
  return Buffer.concat(unterminated ? [raw, CRLF, CRLF] : [raw, CRLF])
}

type FieldStart = Pick<Header, 'name' | 'start' | 'valueStart'>

/** Blanks before the colon are obsolete but legal: RFC 5322 §4.5.8 */
const FIELD_NAME = /^[\x21-\x39\x3b-\x7e]+[ \t]*$/

function fieldStart(raw: Buffer, start: number, lineEnd: number): FieldStart | undefined {
  if (isBlank(raw[start])) return undefined
  const colon = findColon(raw, start, lineEnd)
  if (colon === -1) return undefined
  const name = raw.toString('latin1', start, colon)
  return FIELD_NAME.test(name) ? { name: name.trimEnd().toLowerCase(), start, valueStart: colon + 1 } : undefined
}

/** Within the line, or a header without colons costs its square; by hand, as names are short and a view of the line is dear. */
function findColon(raw: Buffer, start: number, lineEnd: number): number {
  for (let at = start; at < lineEnd; at += 1) if (raw[at] === COLON) return at
  return -1
}

function readField(raw: Buffer, open: FieldStart, end: number): Header {
  const { name, start, valueStart } = open
  return { name, start, valueStart, end, value: unfold(fieldText(raw.subarray(valueStart, withoutLineEnd(raw, end)))) }
}

const withoutLineEnd = (raw: Buffer, end: number): number => (raw[end - 1] === LF ? end - (raw[end - 2] === CR ? 2 : 1) : end)

/** Header text is UTF-8 where it can be (RFC 6532); other 8-bit bytes are read as Latin-1 so that none is lost. */
const fieldText = (bytes: Buffer): string => bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')

const unfold = (text: string): string => (text.includes('\n') ? text.replace(/\r?\n/g, '') : text).trim()

const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB

function nextLine(raw: Buffer, from: number, end: number): number {
  const feed = raw.indexOf(LF, from)
  return feed === -1 || feed >= end ? end : feed + 1
}
