/** Builds the bounce that tells a sender that his mail did not arrive. RFC 3461, RFC 3464, RFC 6522 */
import { decodeWords } from './addresses.ts'
import { rfc2822Date } from './date.ts'
import { lastHeader, readHeaders, splitMail } from './headers.ts'

export type Bounce = {
  readonly raw: Buffer
  /** Of the mail that failed. */
  readonly mailFrom: string
  readonly rcptTo: string
  readonly token: string
  readonly mailServerToken: string
  /** `{name}@{domain}` of the route. */
  readonly route: string
  readonly postmaster: string
  readonly subject: string | null
  readonly originalMessageId: string | null
  /** For people. */
  readonly reason: string
  /** Class, subject and detail. RFC 3463 */
  readonly status: string
  /** What the receiving side answered; null when it was our own decision. */
  readonly diagnostic: string | null
  readonly hostname: string
  /** Without angle brackets. */
  readonly messageId: string
  readonly at: Date
  readonly arrivedAt: Date
}

/** A larger original comes back as its headers. */
const WHOLE_BYTES_MAX = 50 * 1024

export function buildBounce(bounce: Bounce): Buffer {
  const boundary = `bounce-${bounce.messageId.replace(/[^A-Za-z0-9]/g, '').slice(0, 40)}`
  const parts = [textPart(bounce), statusPart(bounce), originalPart(bounce)]
  const body = parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part, Buffer.from('\r\n')])
  return Buffer.concat([Buffer.from(head(bounce, boundary)), ...body, Buffer.from(`--${boundary}--\r\n`)])
}

/** RFC 3834 §5: nobody is to answer it by machine. */
const head = ({ route, mailFrom, subject, messageId, originalMessageId, at }: Bounce, boundary: string): string =>
  [
    `From: Mail Delivery Service <${oneLine(route)}>`,
    `To: ${oneLine(mailFrom)}`,
    `Subject: ${encoded(`Mail Delivery Failed (${subject ?? ''})`)}`,
    `Date: ${rfc2822Date(at)}`,
    `Message-ID: <${messageId}>`,
    ...(originalMessageId ? [`In-Reply-To: <${oneLine(originalMessageId)}>`, `References: <${oneLine(originalMessageId)}>`] : []),
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="${boundary}"`,
    '',
    'This is a delivery report in several parts.',
    '',
    '',
  ].join('\r\n')

/** The last four lines are Postal's, its spelling too: programs read them. */
function textPart({ rcptTo, mailFrom, token, mailServerToken, originalMessageId, postmaster, reason }: Bounce): Buffer {
  const lines = [
    'This is the mail delivery service responsible for delivering mail to',
    `${rcptTo}.`,
    '',
    'The mail that you sent could not be delivered:',
    '',
    `  ${reason}`,
    '',
    'The original message, or its headers, is attached to this report.',
    `If you need help with this, please contact ${postmaster}.`,
    '',
    '---',
    '',
    `Message Token: ${token}@${mailServerToken}`,
    `Orginal Message ID: ${originalMessageId ?? ''}`,
    `Mail from: ${mailFrom}`,
    `Rcpt To: ${rcptTo}`,
    '',
  ]
  const text = Buffer.from(lines.map((line) => oneLine(line).slice(0, 900)).join('\r\n'))
  return Buffer.concat([Buffer.from('Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'), text])
}

function statusPart({ hostname, arrivedAt, at, rcptTo, status, diagnostic, token }: Bounce): Buffer {
  const utf8 = [...rcptTo].some((character) => character > '\x7f') // RFC 6533 §3
  const lines = [
    `Content-Type: message/${utf8 ? 'global-' : ''}delivery-status`,
    '',
    `Reporting-MTA: dns; ${hostname}`,
    `Arrival-Date: ${rfc2822Date(arrivedAt)}`,
    `X-Postal-MsgID: ${token}`,
    '',
    `Final-Recipient: ${utf8 ? 'utf-8' : 'rfc822'}; ${oneLine(rcptTo)}`,
    'Action: failed',
    `Status: ${status}`,
    ...(diagnostic ? [`Diagnostic-Code: ${diagnosticType(diagnostic)}; ${ascii(oneLine(diagnostic)).slice(0, 800)}`] : []),
    `Last-Attempt-Date: ${rfc2822Date(at)}`,
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

const diagnosticType = (diagnostic: string): string => (/^[245]\d\d[ -]/.test(diagnostic) ? 'smtp' : 'x-posthaste')

function originalPart({ raw }: Bounce): Buffer {
  const { headerEnd } = splitMail(raw)
  if (raw.length > WHOLE_BYTES_MAX) {
    const headers = raw.subarray(0, Math.min(headerEnd, WHOLE_BYTES_MAX))
    return Buffer.concat([Buffer.from('Content-Type: text/rfc822-headers\r\n\r\n'), headers])
  }
  const name = 'Content-Disposition: attachment; filename="Original Message.eml"'
  // RFC 2046 §5.2.1: a message part takes no other encoding
  return Buffer.concat([
    Buffer.from(`Content-Type: message/rfc822\r\nContent-Transfer-Encoding: ${encodingOf(raw)}\r\n${name}\r\n\r\n`),
    raw,
  ])
}

const encodingOf = (raw: Buffer): string => (raw.some((byte) => byte > 0x7f) ? '8bit' : '7bit')
const oneLine = (text: string): string => text.replace(/[\r\n\0]+/g, ' ')
const ascii = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?')

/** RFC 2047, in words of at most 75 characters. */
function encoded(text: string): string {
  const line = oneLine(text)
  if (ascii(line) === line) return line
  const words: string[] = []
  let word = ''
  for (const character of line) {
    if (Buffer.byteLength(word + character) > 42) {
      words.push(word)
      word = ''
    }
    word += character
  }
  return [...words, word].map((one) => `=?utf-8?B?${Buffer.from(one).toString('base64')}?=`).join('\r\n ')
}

/** Mail that must never be answered with a bounce: lists and machines would answer, or punish, again. RFC 3834 §2 */
export function forbidsBounce(raw: Buffer): boolean {
  const headers = readHeaders(raw)
  if (headers.some(({ name }) => ['list-id', 'list-post', 'list-unsubscribe', 'x-loop', 'feedback-id'].includes(name))) return true
  if (/^(?:bulk|list|junk)$/i.test(lastHeader(headers, 'precedence') ?? '')) return true
  const submitted = decodeWords(lastHeader(headers, 'auto-submitted') ?? 'no')
    .trim()
    .toLowerCase()
  return submitted !== '' && !submitted.startsWith('no')
}
