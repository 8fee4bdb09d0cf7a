/** Says of any mail what it is and who sent it: the one reading that pages, API and command line show. */

import { REPLY_CLASSES } from '../domain/smtp-reply-class.ts'
import { judgeSender, type Resolve, type Verdicts } from '../mail/authenticate.ts'
import { readReport } from '../mail/read-report.ts'
import type { MailReport, ReportEnvelope } from '../mail/report.ts'

/** As `posthaste inspect --json` prints it and API v2 answers it. */
export type MailInspection = MailReport & {
  /** What the class means, as a sentence; null when there is none. */
  readonly meaning: string | null
  /** Null when nobody was asked. */
  readonly authentication: Verdicts | null
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
  const judged = resolve && (await judgeSender(raw, { mailFrom: envelope.mailFrom ?? '', hostname, resolve }))
  return toInspection(readReport(raw, envelope), judged?.verdicts ?? null)
}

export const toInspection = (report: MailReport, authentication: Verdicts | null): MailInspection => ({
  ...report,
  meaning: report.class && REPLY_CLASSES[report.class].says,
  authentication,
})
