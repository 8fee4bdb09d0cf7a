/** Says of any mail what it is and who sent it: the pages show the same reading of mail that came in. */

import { REPLY_CLASSES } from '../domain/smtp-reply-class.ts'
import { judgeSender, type Resolve, type Verdicts } from '../mail/authenticate.ts'
import { readReport } from '../mail/read-report.ts'
import type { MailReport, ReportEnvelope } from '../mail/report.ts'

export type MailInspection = {
  readonly report: MailReport
  /** What the class means, as a sentence; null when there is none. */
  readonly meaning: string | null
  /** Null when nobody was asked. */
  readonly verdicts: Verdicts | null
}

export type InspectOptions = {
  /** Null: look at the bytes only. */
  readonly resolve: Resolve | null
  readonly hostname: string
}

export async function inspectMail(
  raw: Buffer,
  { resolve, hostname }: InspectOptions,
  envelope: ReportEnvelope = {},
): Promise<MailInspection> {
  const report = readReport(raw, envelope)
  const judged = resolve && (await judgeSender(raw, { mailFrom: envelope.mailFrom ?? '', hostname, resolve }))
  return { report, meaning: report.class && REPLY_CLASSES[report.class].says, verdicts: judged?.verdicts ?? null }
}
