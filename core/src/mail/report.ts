/** What a mail that came back to us reports: a bounce, a delay, a complaint, an automatic answer, or nothing. RFC 3464, RFC 5965, RFC 3834 */
import type { ReportKind } from '../domain/report-kind.ts'
import type { ReplyClass } from '../domain/smtp-reply-class.ts'

/** How we came to know the kind. */
export type FoundBy = 'delivery_status' | 'feedback_report' | 'jmrp' | 'disposition' | 'failed_recipients' | 'text' | 'headers' | 'nothing'

/** What is said about one recipient. */
export type ReportedRecipient = {
  readonly address: string
  /** Class, subject and detail of RFC 3463; null when nothing says so. */
  readonly status: string | null
  /** The words of the server that refused. */
  readonly diagnostic: string | null
  readonly class: ReplyClass
  readonly permanent: boolean
  /** Permanent and about this one address: whom to suppress. */
  readonly personal: boolean
}

/** What a mail says of its kind and of the recipients. */
export type Reported = { readonly kind: ReportKind; readonly foundBy: FoundBy; readonly recipients: readonly ReportedRecipient[] }

export type Complaint = {
  /** `abuse` and the like. RFC 5965 §7.3 */
  readonly type: string
  readonly reporter: string | null
  readonly sourceIp: string | null
}

/** What points to the mail that it is about, from the surest to the least. */
export type OriginalTraces = {
  /** `{mail server}+{message}@…`, our return paths, as tokens. */
  readonly returnPaths: readonly { readonly mailServer: string; readonly message: string }[]
  /** Tokens of `X-Postal-MsgID`. */
  readonly tokens: readonly string[]
  /** Without angle brackets. */
  readonly messageIds: readonly string[]
}

export type MailReport = {
  readonly kind: ReportKind
  readonly foundBy: FoundBy
  /** Of the first recipient; null for what is neither bounce nor delay. */
  readonly class: ReplyClass | null
  readonly permanent: boolean
  readonly status: string | null
  readonly diagnostic: string | null
  readonly recipients: readonly ReportedRecipient[]
  readonly original: OriginalTraces
  readonly complaint: Complaint | null
}

/** What the envelope adds to the bytes. */
export type ReportEnvelope = { readonly mailFrom?: string; readonly rcptTo?: string }
