/** The parameters of `send/message`, with their types and what they mean. */
import { z } from 'zod'
import type { NewAttachment } from '../../../mail/build.ts'
import { addressList, decodeBase64, isBlank, text, textOrNumber, truth } from './fields.ts'

const HEADERS_MAX = 1_000
const ATTACHMENTS_MAX = 1_000

const headerValue = z.union([z.string(), z.number(), z.boolean(), z.null()], { error: '`headers` should have Strings as values' })

/** Anything but an object counts as absent: old clients send an empty list. */
const headers = z
  .unknown()
  .optional()
  .transform((value, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
    const entries = Object.entries(value)
    if (entries.length > HEADERS_MAX) return fail(context, `\`headers\` should have at most ${HEADERS_MAX} entries`)
    const read = z.array(z.tuple([z.string(), headerValue])).safeParse(entries)
    if (!read.success) return fail(context, read.error.issues[0]?.message ?? '')
    return read.data.flatMap(([name, content]): [string, string][] => (content === null ? [] : [[name, String(content)]]))
  })

const attachment = z.object({
  name: textOrNumber('attachments'),
  content_type: text('attachments'),
  data: text('attachments'),
  content_id: text('attachments'),
  cid: text('attachments'),
  disposition: text('attachments'),
})

/** Entries that are no objects are left out, as they always were. */
const attachments = z
  .array(z.unknown(), { error: '`attachments` should be an Array' })
  .max(ATTACHMENTS_MAX, { error: `\`attachments\` should have at most ${ATTACHMENTS_MAX} entries` })
  .transform((entries) => entries.filter((entry) => typeof entry === 'object' && entry !== null && !Array.isArray(entry)))
  .pipe(z.array(attachment))
  .nullish()

export const SendMessageInput = z.object({
  to: addressList('to'),
  cc: addressList('cc'),
  bcc: addressList('bcc'),
  from: text('from'),
  sender: text('sender'),
  subject: textOrNumber('subject'),
  reply_to: text('reply_to'),
  plain_body: text('plain_body'),
  html_body: text('html_body'),
  tag: textOrNumber('tag'),
  bounce: truth(),
  headers,
  attachments,
})

export type SendMessageInput = z.output<typeof SendMessageInput>
export type AttachmentInput = z.output<typeof attachment>

/** To be called once name and data are known to be there. */
export function toAttachment({ name, content_type, data, content_id, cid, disposition }: AttachmentInput): NewAttachment {
  const contentId = content_id ?? cid ?? null
  return {
    name: name ?? '',
    contentType: isBlank(content_type) ? 'application/octet-stream' : (content_type ?? ''),
    data: decodeBase64(data ?? ''),
    contentId,
    ...(disposition === 'inline' || disposition === 'attachment' ? { disposition } : {}),
  }
}

function fail(context: z.core.$RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message })
  return z.NEVER
}
