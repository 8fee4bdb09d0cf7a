/** Reads a stored mail for display: bodies, attachments and decoded headers. Nothing that a mail holds makes it fail. */
import { createHash } from 'node:crypto'
import { decodeWords } from './addresses.ts'
import { decodeText } from './charset.ts'
import { type Header, lastHeader } from './headers.ts'
import { contentDisposition, leaves, type MimePart, readMimeTree } from './mime-tree.ts'
import { decodeTransfer } from './transfer.ts'

export type ParsedAttachment = {
  readonly filename: string
  /** `type/subtype` in lower case. */
  readonly contentType: string
  /** The field as it stands, with its parameters. */
  readonly fullContentType: string
  /** Without angle brackets. */
  readonly contentId: string | null
  readonly inline: boolean
  readonly data: Buffer
  readonly size: number
  /** Lower-case hex. */
  readonly sha1: string
}

export type ParsedMail = {
  readonly plainBody: string | null
  readonly htmlBody: string | null
  readonly attachments: readonly ParsedAttachment[]
  /** By lower-case name, one decoded value for each field, in the order of the mail. */
  readonly headers: ReadonlyMap<string, readonly string[]>
}

export function parseMail(raw: Buffer): ParsedMail {
  const { root } = readMimeTree(raw)
  const parts = [...leaves(root)]
  const bodies = parts.filter((part) => isBody(part, root))
  const attached = parts.filter((part) => !isBody(part, root) && !isContainer(part))
  const plain = bodies.find((part) => part.type !== 'text/html')
  const html = bodies.find((part) => part.type === 'text/html')
  return {
    plainBody: plain ? partText(raw, plain) : null,
    htmlBody: html ? partText(raw, html) : null,
    attachments: attached.map((part, index) => readAttachment(raw, part, index + 1)),
    headers: decodedHeaders(root.headers),
  }
}

/** A part is read as a body unless it is named or marked as a file. A mail whose parts cannot be told apart is shown as it is. */
function isBody(part: MimePart, root: MimePart): boolean {
  if (part === root && isContainer(part)) return true
  if (part.type !== undefined && part.type !== 'text/plain' && part.type !== 'text/html') return false
  return contentDisposition(part)?.value !== 'attachment' && filename(part) === undefined
}

const isContainer = (part: MimePart): boolean => part.type?.startsWith('multipart/') === true

const partBytes = (raw: Buffer, part: MimePart): Buffer => decodeTransfer(raw.subarray(part.bodyStart, part.bodyEnd), part.encoding)

const partText = (raw: Buffer, part: MimePart): string => decodeText(partBytes(raw, part), part.params.charset)

/** RFC 2183 §2.3; older mailers name a file in the content type. */
function filename(part: MimePart): string | undefined {
  const name = contentDisposition(part)?.params.filename ?? part.params.name
  return name ? decodeWords(name) : undefined
}

function readAttachment(raw: Buffer, part: MimePart, number: number): ParsedAttachment {
  const data = partBytes(raw, part)
  const contentType = part.type || 'application/octet-stream'
  return {
    filename: filename(part) ?? (contentType === 'message/rfc822' ? `${number}.eml` : `attachment-${number}`),
    contentType,
    fullContentType: lastHeader(part.headers, 'content-type') ?? contentType,
    contentId: contentId(part),
    inline: contentDisposition(part)?.value === 'inline',
    data,
    size: data.length,
    sha1: createHash('sha1').update(data).digest('hex'),
  }
}

const contentId = (part: MimePart): string | null => lastHeader(part.headers, 'content-id')?.replace(/^<|>$/g, '') || null

function decodedHeaders(headers: readonly Header[]): Map<string, string[]> {
  const decoded = new Map<string, string[]>()
  for (const { name, value } of headers) {
    const same = decoded.get(name)
    if (same) same.push(decodeWords(value))
    else decoded.set(name, [decodeWords(value)])
  }
  return decoded
}
