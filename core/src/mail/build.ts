/** Builds the MIME mail of an API call. Pure: id, date and trace come from the caller, so the same call gives the same bytes. */
import { hash } from 'node:crypto'
import MailComposer, { type MailComposerAttachment } from 'nodemailer/lib/mail-composer'
import type MimeNode from 'nodemailer/lib/mime-node'
import { encode, wrap } from 'nodemailer/lib/qp'
import { AppError } from '../domain/errors.ts'
import { normaliseLineEndings } from './line-endings.ts'
import { encodeBase64 } from './transfer.ts'

export type NewAttachment = {
  readonly name: string
  /** Used as it is, parameters included. */
  readonly contentType: string
  readonly data: Buffer
  /** Names the part for `cid:` links in the HTML body; angle brackets are allowed. */
  readonly contentId?: string | null
  readonly disposition?: 'attachment' | 'inline'
}

export type NewMail = {
  readonly from: string
  readonly sender?: string | null
  readonly replyTo?: string | null
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly subject?: string | null
  readonly plainBody?: string | null
  readonly htmlBody?: string | null
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly attachments: readonly NewAttachment[]
  /** Without angle brackets. */
  readonly messageId: string
  readonly date: Date
  /** The finished trace field of `receivedHeader`. */
  readonly received: string
}

/** Fields that are ours to write: a custom header of this name is left out. */
const OURS = /^(content-.*|mime-version|received|message-id|bcc|x-postal-msgid)$/

/** @throws AppError `input.invalid` with the field at fault when a value would break out of its header. */
export async function buildMail(mail: NewMail): Promise<Buffer> {
  const headers = customHeaders(mail.headers)
  const bodies = { plain: bodyOf(mail.plainBody), html: bodyOf(mail.htmlBody) }
  const composer = new MailComposer({
    headers,
    ...addresses(mail),
    ...optional('subject', oneLine(mail.subject?.trim(), 'subject')),
    ...optional('text', mail.plainBody ? textPart('plain', bodies) : undefined),
    ...optional('html', mail.htmlBody ? textPart('html', bodies) : undefined),
    ...optional('date', headers.some(({ key }) => key.toLowerCase() === 'date') ? undefined : mail.date),
    messageId: `<${mail.messageId}>`,
    attachments: mail.attachments.map(toAttachment),
    baseBoundary: hash('sha256', mail.messageId).slice(0, 24),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return Buffer.concat([Buffer.from(mail.received), ...assemble(composer.compile(), bodies)])
}

function customHeaders(headers: NewMail['headers']): { key: string; value: string }[] {
  const custom = headers.map(([name, value]) => ({ key: headerName(name), value: oneLine(value, 'headers') ?? '' }))
  return custom.filter(({ key, value }) => value !== '' && !OURS.test(key.toLowerCase()))
}

/** Underscores become dashes, as Postal's clients know it. */
function headerName(name: string): string {
  const dashed = name.trim().replaceAll('_', '-')
  if (/^[\x21-\x39\x3b-\x7e]+$/.test(dashed)) return dashed // RFC 5322 §3.6.8
  throw new AppError('input.invalid', `The header name ${JSON.stringify(name)} holds characters that no header name may have.`, {
    field: 'headers',
  })
}

/** An empty list or value writes no field, so that a custom header of that name fills in. */
function addresses({ from, sender, replyTo, to, cc }: NewMail): Record<string, string> {
  return {
    ...optional('from', oneLine(from, 'from')),
    ...optional('sender', oneLine(sender, 'sender')),
    ...optional('replyTo', oneLine(replyTo, 'reply_to')),
    ...optional('to', oneLine(to.join(', '), 'to')),
    ...optional('cc', oneLine(cc.join(', '), 'cc')),
  }
}

const optional = <K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } =>
  value === undefined || value === '' ? {} : ({ [key]: value } as { [key in K]: V }) // a computed key widens to string

/** A line break in a value would start a field of the caller's choosing. */
function oneLine(value: string | null | undefined, field: string): string | undefined {
  if (value === null || value === undefined) return undefined
  if (!['\r', '\n', '\0'].some((character) => value.includes(character))) return value
  throw new AppError('input.invalid', `\`${field}\` must not contain line breaks or NUL characters.`, { field })
}

type BodyName = 'plain' | 'html'
type Bodies = Readonly<Record<BodyName, Buffer>>

const bodyOf = (text: string | null | undefined): Buffer => normaliseLineEndings(Buffer.from(text ?? ''))

/**
 * The composer gets a name in place of the text, as its own checks of a text are a tenth of what an API call costs. Text that is plain
 * and short goes as it is; lines over 76 characters would be reflowed, so they are encoded.
 */
function textPart(name: BodyName, { [name]: bytes }: Bodies): { content: BodyName; contentTransferEncoding: string | false } {
  if (goesAsItIs(bytes)) return { content: name, contentTransferEncoding: false }
  return { content: name, contentTransferEncoding: isMostlyForeign(bytes) ? 'base64' : 'quoted-printable' }
}

/** More than a third of the characters would be escapes. */
function isMostlyForeign(utf8: Buffer): boolean {
  let ascii = 0
  let others = 0
  for (let at = 0; at < utf8.length; at += 1) {
    const byte = utf8[at] ?? 0
    if (byte < 0x80) ascii += 1
    else if (byte >= 0xc0) others += byte >= 0xf0 ? 2 : 1 // as JavaScript counts; what follows belongs to it
  }
  return others * 2 > ascii
}

const LINE_MAX = 76
const AS_IT_IS_BYTES_MAX = 128 * 1024

function goesAsItIs(bytes: Buffer): boolean {
  if (bytes.length > AS_IT_IS_BYTES_MAX) return false
  let lineStart = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === LF) lineStart = at + 1
    else if (byte === CR) continue
    else if ((byte < 0x20 && byte !== TAB) || byte > 0x7f || at - lineStart >= LINE_MAX) return false
  }
  return true
}

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d

function toAttachment({ name, contentType, data, contentId, disposition }: NewAttachment): MailComposerAttachment {
  const type = oneLine(contentType, 'attachments') ?? ''
  const cid = contentId?.trim().replace(/^<|>$/g, '')
  if (cid && !/^[\x21-\x7e]+$/.test(cid)) {
    throw new AppError('input.invalid', 'A content id must be one word of ASCII characters.', { field: 'attachments' })
  }
  return {
    filename: name,
    // A multipart type promises parts that are not there
    contentType: /^\s*(multipart\/|$)/i.test(type) ? 'application/octet-stream' : type,
    content: data,
    contentDisposition: disposition ?? (cid ? 'inline' : 'attachment'),
    ...optional('cid', cid),
  }
}

/** The composer decides on structure and headers; the bodies are written here, because its streams cost three times as much. */
function assemble(node: MimeNode, bodies: Bodies): Buffer[] {
  const head = Buffer.from(`${node.buildHeaders()}\r\n\r\n`)
  if (node.childNodes.length === 0) return [head, content(node, bodies)]
  const children = node.childNodes.flatMap((child) => [
    Buffer.from(`--${node.boundary}\r\n`),
    ...assemble(child, bodies),
    Buffer.from('\r\n'),
  ])
  return [head, ...children, Buffer.from(`--${node.boundary}--\r\n`)]
}

function content(node: MimeNode, bodies: Bodies): Buffer {
  const bytes = Buffer.isBuffer(node.content) ? node.content : bodies[node.content === 'html' ? 'html' : 'plain']
  const encoding = node.getTransferEncoding()
  if (encoding === 'base64') return Buffer.from(encodeBase64(bytes), 'latin1')
  if (encoding === 'quoted-printable') return Buffer.from(wrap(encode(bytes)), 'latin1')
  return bytes
}
