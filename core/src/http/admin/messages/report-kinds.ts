/** What mail to a return path is called. */
import type { ReportKind } from '../../../domain/report-kind.ts'

export const KIND_LABELS: Readonly<Record<ReportKind, string>> = {
  bounce: 'Bounce',
  delay: 'Delay notice',
  complaint: 'Complaint',
  auto_reply: 'Automatic reply',
  challenge: 'Asks to confirm',
  ordinary: 'To the return path',
}
