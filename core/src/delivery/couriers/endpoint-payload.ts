/** The body that an HTTP endpoint gets for a mail: names, types, order and wrapping are Postal's, since customers' programs read them. */
import type { Message } from '../../domain/message.ts'
import type { Verdicts } from '../../mail/authenticate.ts'
import { type ParsedAttachment, type ParsedMail, parseMail } from '../../mail/parse.ts'
import { separateReplies } from '../../mail/reply-separation.ts'

export type EndpointMail = {
  readonly message: Message
  /** The stored mail with the headers that inspection adds. */
  readonly raw: Buffer
  readonly spam: boolean
  readonly verdicts: Verdicts | null
}

export type PayloadSettings = {
  readonly encoding: 'json' | 'form'
  readonly format: 'processed' | 'raw'
  readonly stripReplies: boolean
  readonly includeAttachments: boolean
}

type Scalar = string | number | boolean | null
type Attachment = { readonly filename: string; readonly content_type: string; readonly size: number; readonly data: string }
type Value = Scalar | readonly string[] | readonly Attachment[] | Verdicts

export function buildPayload(mail: EndpointMail, settings: PayloadSettings): Buffer {
  const payload = settings.format === 'raw' ? rawPayload(mail) : processedPayload(mail, settings)
  return Buffer.from(settings.encoding === 'json' ? JSON.stringify(payload) : formEncoded(payload))
}

function rawPayload({ message, raw }: EndpointMail): Record<string, Value> {
  return { id: message.id, ...envelope(message), message: wrappedBase64(raw), base64: true, size: raw.length }
}

const envelope = ({ rcptTo, mailFrom }: Message) => ({ rcpt_to: rcptTo, mail_from: mailFrom === '' ? null : mailFrom })

function processedPayload({ message, raw, spam, verdicts }: EndpointMail, settings: PayloadSettings): Record<string, Value> {
  const parsed = parseMail(raw)
  const last = (name: string): string | null => parsed.headers.get(name)?.at(-1) ?? null
  return {
    id: message.id,
    ...envelope(message),
    token: message.token,
    subject: message.subject,
    message_id: message.messageId,
    timestamp: message.createdAt.getTime() / 1_000,
    size: String(message.size),
    spam_status: spam ? 'Spam' : 'NotSpam',
    bounce: message.bounce,
    received_with_ssl: message.receivedWithTls,
    to: last('to'),
    cc: last('cc'),
    from: last('from'),
    date: last('date'),
    in_reply_to: last('in-reply-to'),
    references: last('references'),
    html_body: parsed.htmlBody,
    attachment_quantity: parsed.attachments.length,
    auto_submitted: last('auto-submitted'),
    reply_to: parsed.headers.get('reply-to') ?? null,
    ...bodies(parsed, settings),
    ...(settings.includeAttachments ? { attachments: parsed.attachments.map((one) => attachment(one, settings)) } : {}),
    ...(verdicts && settings.encoding === 'json' ? { authentication: verdicts } : {}),
  }
}

function bodies({ plainBody }: ParsedMail, { stripReplies }: PayloadSettings) {
  if (!stripReplies) return { plain_body: plainBody }
  const { text, replies } = separateReplies(plainBody)
  return { plain_body: text, replies_from_plain_body: replies }
}

/** JSON has the bare type, a form the whole field. */
const attachment = (
  { filename, contentType, fullContentType, size, data }: ParsedAttachment,
  { encoding }: PayloadSettings,
): Attachment => ({
  filename,
  content_type: encoding === 'json' ? contentType : fullContentType,
  size,
  data: wrappedBase64(data),
})

/** Lines of 60 characters, a line end after the last one too. */
export const wrappedBase64 = (bytes: Buffer): string => bytes.toString('base64').replace(/.{1,60}/g, '$&\n')

function formEncoded(payload: Record<string, Value>): string {
  return Object.entries(payload)
    .flatMap(([name, value]) => fields(name, value))
    .map(([name, value]) => (value === null ? escaped(name) : `${escaped(name)}=${escaped(value)}`))
    .join('&')
}

type Field = readonly [name: string, value: string | null]

function fields(name: string, value: Value): Field[] {
  if (value === null) return [[name, null]]
  if (typeof value !== 'object') return [[name, String(value)]]
  if (!Array.isArray(value)) return []
  return value.flatMap((item: string | Attachment, index): Field[] =>
    typeof item === 'string'
      ? [[name, item]]
      : Object.entries(item).map(([key, part]): Field => [`${name}[${index}][${key}]`, String(part)]),
  )
}

/** application/x-www-form-urlencoded. WHATWG URL §5.2 */
const escaped = (text: string): string =>
  encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
