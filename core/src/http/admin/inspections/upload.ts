/** The form that brings a mail: as a file or as text, with what is known of its envelope. */
import type { IncomingMessage } from 'node:http'
import { AppError } from '../../../domain/errors.ts'
import type { ReportEnvelope } from '../../../mail/report.ts'
import { type FormPart, type FormParts, readMultipart } from '../../multipart.ts'
import type { AdminContext, AdminDeps } from '../deps.ts'
import { FORM_TOKEN_FIELD } from '../form-token.ts'
import { requireFormToken, requireOwnOrigin } from '../middleware/same-origin.ts'
import { sizeText } from '../ui/size.ts'

/** As typed. */
export type InspectionFields = {
  readonly mailFrom: string
  readonly rcptTo: string
  readonly offline: boolean
  /** Empty when it was large: nobody corrects that by hand. */
  readonly source: string
}

export type Upload = {
  readonly raw: Buffer
  /** Null for a source that was pasted. */
  readonly fileName: string | null
}

export const BLANK: InspectionFields = { mailFrom: '', rcptTo: '', offline: false, source: '' }

export const ADDRESS_LENGTH_MAX = 320
const SOURCE_SHOWN_BYTES_MAX = 64 * 1024
/** A browser shows its own error instead of our answer when that comes before it has sent everything. */
const DISCARDED_BYTES_MAX = 256 * 1024 * 1024

/** @throws AppError `auth.forbidden`, `input.too_large`, `input.invalid`, `service.busy` */
export function withForm<T>(c: AdminContext, { uploads }: Pick<AdminDeps, 'uploads'>, use: (form: FormParts) => Promise<T>): Promise<T> {
  requireOwnOrigin(c)
  return uploads.withForm(c.env.incoming, async (body) => {
    if (body.kind === 'too_large' || body.kind === 'no_memory') await discard(c)
    if (body.kind === 'too_large') throw tooLarge(uploads.bytesMax)
    if (body.kind === 'no_memory') throw new AppError('service.busy', 'Too many mails are being sent in. Try again in a moment.')
    if (body.kind === 'gone') throw new AppError('input.invalid', 'The form ended early.', { field: 'file' })
    const form = readMultipart(body.bytes, c.req.header('content-type') ?? '')
    requireFormToken(c, form?.get(FORM_TOKEN_FIELD)?.bytes.toString())
    return use(form ?? new Map())
  })
}

async function discard(c: AdminContext): Promise<void> {
  c.header('Connection', 'close')
  const incoming: IncomingMessage = c.env.incoming
  let size = 0
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      size += chunk.length
      if (size > DISCARDED_BYTES_MAX) return
    }
  } catch {
    // The browser left, so nobody reads the answer
  }
}

const tooLarge = (bytesMax: number): AppError =>
  new AppError('input.too_large', `This is larger than the ${sizeText(bytesMax)} that this installation accepts.`, { field: 'file' })

export function fieldsFrom(form: FormParts): InspectionFields {
  const text = (name: string) => form.get(name)?.bytes.toString().trim() ?? ''
  const source = form.get('source')?.bytes
  return {
    mailFrom: text('mail_from'),
    rcptTo: text('rcpt_to'),
    offline: form.has('offline'),
    source: source && source.length <= SOURCE_SHOWN_BYTES_MAX ? source.toString() : '',
  }
}

/** @throws AppError `input.invalid` */
export function envelopeFrom({ mailFrom, rcptTo }: InspectionFields): ReportEnvelope {
  for (const [field, address] of Object.entries({ mail_from: mailFrom, rcpt_to: rcptTo }))
    if (address.length > ADDRESS_LENGTH_MAX)
      throw new AppError('input.invalid', `An address has at most ${ADDRESS_LENGTH_MAX} characters.`, { field })
  return { ...(mailFrom ? { mailFrom } : {}), ...(rcptTo ? { rcptTo } : {}) }
}

/** A file that was chosen goes before what still stands in the box. @throws AppError `input.invalid`, `input.too_large` */
export function uploadFrom(form: FormParts, { bytesMax }: { readonly bytesMax: number }): Upload {
  const chosen = isChosen(form.get('file')) ? form.get('file') : undefined
  const field = chosen ? 'file' : 'source'
  const bytes = (chosen ?? form.get('source'))?.bytes ?? Buffer.alloc(0)
  if (bytes.length > bytesMax) throw tooLarge(bytesMax)
  const raw = withoutMailboxLine(bytes)
  if (raw.length === 0)
    throw new AppError('input.invalid', chosen ? 'This file is empty.' : 'Choose a file, or paste the source of a mail.', { field })
  if (!BEGINS_WITH_FIELD.test(raw.toString('latin1', 0, FIELD_LENGTH_MAX)))
    throw new AppError('input.invalid', 'This is no mail: it does not begin with header fields, such as “Received:” or “From:”.', { field })
  return { raw, fileName: chosen?.fileName ?? null }
}

const isChosen = (file: FormPart | undefined): boolean => file !== undefined && file.fileName !== '' && file.fileName !== null

const FIELD_LENGTH_MAX = 1_000
const BEGINS_WITH_FIELD = /^[!-9;-~]+[ \t]*:/

/** What was copied has blank lines before it; what a mailbox file held begins with the line that parts its mails. */
function withoutMailboxLine(bytes: Buffer): Buffer {
  const blank = /^(?:[ \t]*\r?\n){0,100}/.exec(bytes.toString('latin1', 0, FIELD_LENGTH_MAX))?.[0].length ?? 0
  const mail = bytes.subarray(blank)
  const mailboxLine = /^From [^\r\n]*\r?\n/.exec(mail.toString('latin1', 0, FIELD_LENGTH_MAX))?.[0].length ?? 0
  return mail.subarray(mailboxLine)
}
