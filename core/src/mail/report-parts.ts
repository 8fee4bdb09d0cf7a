/** A mail taken apart for reading it as a report: machine-readable fields, returned mails, and text. Bounded, whatever it holds. */
import { decodeText } from './charset.ts'
import { type Header, lastHeader, readHeaders } from './headers.ts'
import { contentDisposition, leaves, type MimePart, readMimeTree } from './mime-tree.ts'
import { type Fields, parseFieldBlocks } from './report-fields.ts'
import { textOfHtml } from './text-of-html.ts'
import { decodeTransfer } from './transfer.ts'

export type ReportParts = {
  readonly headers: readonly Header[]
  /** The message's own group first, then one for each recipient. RFC 3464 §2.1 */
  readonly deliveryStatus: readonly Fields[]
  readonly feedback: Fields | undefined
  readonly disposition: Fields | undefined
  /** Headers of mails that came along. */
  readonly returned: readonly (readonly Header[])[]
  /** A mail that came along and is a report itself. */
  readonly enclosedReport: Buffer | undefined
  /** What a person reads, in UTF-8. */
  readonly text: string
}

/** Beyond these nothing is read: no real report needs more. */
const PART_BYTES_MAX = 128 * 1024
const TEXT_LENGTH_MAX = 200_000
const TEXTS_MAX = 20
const RETURNED_MAX = 5
const HEADERS_MAX = 500

const STATUS_TYPES = ['message/delivery-status', 'message/global-delivery-status', 'text/delivery-status']
const RETURNED_TYPES = [
  ...['message/rfc822', 'message/global', 'text/rfc822-headers', 'message/rfc822-headers'],
  ...['message/global-headers', 'text/rfc822', 'message/partial', 'text/message-headers'],
]

export function readParts(raw: Buffer): ReportParts {
  const { root } = readMimeTree(raw)
  const parts = [...leaves(root)]
  const ofType = (...types: string[]) => parts.filter((part) => types.includes(part.type ?? ''))
  const fieldsOf = (part: MimePart | undefined) => (part ? parseFieldBlocks(partText(raw, part)) : [])
  const returned = parts.filter((part) => RETURNED_TYPES.includes(part.type ?? '') || isMailFile(part)).slice(0, RETURNED_MAX)
  const mails = returned.map((part) => partBytes(raw, part))
  return {
    headers: bounded(root.headers),
    deliveryStatus: ofType(...STATUS_TYPES).flatMap(fieldsOf),
    feedback: merged(fieldsOf(ofType('message/feedback-report')[0])),
    disposition: merged(fieldsOf(ofType('message/disposition-notification', 'message/global-disposition-notification')[0])),
    returned: mails.map((mail) => bounded(readHeaders(mail))),
    enclosedReport: mails.find((mail) => /^multipart\/report/i.test(lastHeader(readHeaders(mail), 'content-type') ?? '')),
    text: parts
      .filter(isText)
      .slice(0, TEXTS_MAX)
      .map((part) => readable(raw, part))
      .join('\n\n')
      .slice(0, TEXT_LENGTH_MAX),
  }
}

/** Trace fields are in front, those of the author behind. */
const bounded = (headers: readonly Header[]): readonly Header[] =>
  headers.length <= 2 * HEADERS_MAX ? headers : [...headers.slice(0, HEADERS_MAX), ...headers.slice(-HEADERS_MAX)]

/** Some writers put a blank line between fields of one group. */
function merged(blocks: readonly Fields[]): Fields | undefined {
  return blocks.length === 0 ? undefined : new Map(blocks.flatMap((block) => [...block]))
}

const isText = (part: MimePart): boolean =>
  part.type === undefined ||
  part.type.startsWith('multipart/') ||
  /^text\/(?!rfc822|message-headers|delivery-status)/.test(part.type) ||
  !part.type.includes('/')

/** A mail attached under its file name only. */
function isMailFile(part: MimePart): boolean {
  const name = contentDisposition(part)?.params.filename ?? part.params.name
  return part.type === 'application/octet-stream' && name !== undefined && /\.(eml|msg|txt)$/i.test(name)
}

function partBytes(raw: Buffer, part: MimePart): Buffer {
  const end = Math.min(part.bodyEnd, part.bodyStart + PART_BYTES_MAX)
  return decodeTransfer(raw.subarray(part.bodyStart, end), part.encoding)
}

const partText = (raw: Buffer, part: MimePart): string => decodeText(partBytes(raw, part), part.params.charset).replaceAll('\r\n', '\n')

function readable(raw: Buffer, part: MimePart): string {
  const text = partText(raw, part)
  return part.type === 'text/html' ? textOfHtml(text) : text
}
