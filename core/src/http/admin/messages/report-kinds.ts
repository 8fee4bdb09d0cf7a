/** What mail to a return path is called. */
import type { ReportKind } from '../../../domain/report-kind.ts'

/** In lists of such mail. */
export const KIND_MARKS: Readonly<Record<ReportKind, string>> = {
  bounce: 'Bounce',
  delay: 'Delay notice',
  complaint: 'Complaint',
  auto_reply: 'Automatic reply',
  challenge: 'Asks to confirm',
  ordinary: 'To the return path',
}

export const KIND_LABELS: Readonly<Record<ReportKind, string>> = { ...KIND_MARKS, ordinary: 'Ordinary mail' }

export const KIND_SENTENCES: Readonly<Record<ReportKind, string>> = {
  bounce: 'It tells that a mail could not be delivered.',
  delay: 'It tells that a mail is late; its sender goes on trying.',
  complaint: 'It tells that a recipient has marked a mail as spam.',
  auto_reply: 'A machine has written it: somebody is away, or a mail has arrived or was read.',
  challenge: 'It asks the sender of a mail to confirm before the mail is let through.',
  ordinary: 'It bears no sign of a report about another mail.',
}
