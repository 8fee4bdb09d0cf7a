/** The parts of a mail, each by its place in the raw bytes. RFC 2045, RFC 2046 */
import { parseHeaderValue } from 'nodemailer/lib/mime-funcs'
import { type Header, lastHeader, type Range, readHeaders, splitMail } from './headers.ts'

export type MimePart = {
  readonly headers: readonly Header[]
  readonly bodyStart: number
  readonly bodyEnd: number
  /** Lower-case `type/subtype`; undefined when the part declares none. */
  readonly type: string | undefined
  readonly params: Readonly<Record<string, string>>
  /** Lower-case transfer encoding; `7bit` when the part declares none. RFC 2045 §6.1 */
  readonly encoding: string
  readonly children: readonly MimePart[]
}

export type MimeTree = {
  readonly root: MimePart
  /** False when the mail is nested deeper or has more parts than we follow: what lies beyond is one opaque part. */
  readonly complete: boolean
}

/** Beyond these a mail is made to hurt, not to be read. */
const DEPTH_MAX = 20
const PARTS_MAX = 1_000
const CONTENT_TYPE_LENGTH_MAX = 8_192

type Walk = { readonly raw: Buffer; parts: number; complete: boolean }

export function readMimeTree(raw: Buffer): MimeTree {
  const walk: Walk = { raw, parts: 0, complete: true }
  const root = readPart(walk, { start: 0, end: raw.length }, 0)
  return { root, complete: walk.complete }
}

/** The parts without children, in the order of the mail. */
export function* leaves(part: MimePart): Generator<MimePart> {
  if (part.children.length === 0) yield part
  for (const child of part.children) yield* leaves(child)
}

type HeaderWithParams = { readonly value: string; readonly params: Readonly<Record<string, string>> }

/** A field like Content-Type: value; parameters, in RFC 2231 form too. */
function parseParams(text: string): HeaderWithParams {
  return parseHeaderValue(text.slice(0, CONTENT_TYPE_LENGTH_MAX), { stripComments: true })
}

export function contentDisposition(part: MimePart): HeaderWithParams | undefined {
  const text = lastHeader(part.headers, 'content-disposition')
  if (text === undefined) return undefined
  const { value, params } = parseParams(text)
  return { value: value.trim().toLowerCase(), params }
}

function readPart(walk: Walk, range: Range, depth: number): MimePart {
  walk.parts++
  const headers = readHeaders(walk.raw, range)
  const { bodyStart } = splitMail(walk.raw, range)
  const { type, params } = readContentType(headers)
  const encoding = (lastHeader(headers, 'content-transfer-encoding') ?? '7bit').toLowerCase()
  const body = { start: bodyStart, end: range.end }
  return { headers, bodyStart, bodyEnd: range.end, type, params, encoding, children: readChildren(walk, { type, params, body, depth }) }
}

type Container = Pick<MimePart, 'type' | 'params'> & { readonly body: Range; readonly depth: number }

function readChildren(walk: Walk, { type, params, body, depth }: Container): MimePart[] {
  const boundary = params.boundary
  if (!type?.startsWith('multipart/') || !boundary) return []
  if (depth >= DEPTH_MAX) {
    walk.complete = false
    return []
  }
  const children: MimePart[] = []
  for (const range of childRanges(walk.raw, body, boundary)) {
    if (walk.parts >= PARTS_MAX) {
      walk.complete = false
      break
    }
    children.push(readPart(walk, range, depth + 1))
  }
  return children
}

function readContentType(headers: readonly Header[]): Pick<MimePart, 'type' | 'params'> {
  const text = lastHeader(headers, 'content-type')
  if (text === undefined) return { type: undefined, params: {} }
  const { value, params } = parseParams(text)
  return { type: value.trim().toLowerCase(), params }
}

/** What stands between the delimiter lines; without a closing one the last part runs to the end. RFC 2046 §5.1.1 */
function* childRanges(raw: Buffer, body: Range, boundary: string): Generator<Range> {
  let start: number | undefined
  for (const delimiter of delimiterLines(raw, body, boundary)) {
    if (start !== undefined) yield { start, end: Math.max(start, beforeLineEnd(raw, delimiter.start, start)) }
    if (delimiter.closing) return
    start = delimiter.end
  }
  if (start !== undefined) yield { start, end: body.end }
}

type DelimiterLine = Range & { readonly closing: boolean }

function* delimiterLines(raw: Buffer, body: Range, boundary: string): Generator<DelimiterLine> {
  const needle = Buffer.from(`--${boundary}`)
  const within = raw.subarray(body.start, body.end)
  for (let at = within.indexOf(needle); at !== -1; at = within.indexOf(needle, at + 1)) {
    const line = readDelimiter(within, at, needle.length)
    if (line) yield { start: body.start + at, end: body.start + line.end, closing: line.closing }
  }
}

/** The longest run of blanks that we accept after a boundary. */
const PADDING_MAX = 200

/** A delimiter fills its line; a longer word is another boundary that begins alike. */
function readDelimiter(within: Buffer, at: number, length: number): { end: number; closing: boolean } | undefined {
  if (at > 0 && within[at - 1] !== 0x0a) return undefined
  const rest = within.toString('latin1', at + length, at + length + PADDING_MAX)
  const match = /^(--)?[ \t]*(\r?\n|$)/.exec(rest)
  if (!match) return undefined
  return { end: at + length + match[0].length, closing: match[1] !== undefined }
}

/** The line end in front of a delimiter belongs to the delimiter. */
function beforeLineEnd(raw: Buffer, at: number, floor: number): number {
  if (at <= floor || raw[at - 1] !== 0x0a) return at
  return raw[at - 2] === 0x0d && at - 2 >= floor ? at - 2 : at - 1
}
