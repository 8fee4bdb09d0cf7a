/** What a message is and what scanners said of it, for those who may see it: as it was understood when it came, or else as it is read now. */
import type { Message } from '../domain/message.ts'
import { isSpam } from '../domain/spam.ts'
import type { Verdicts } from '../mail/authenticate.ts'
import type { MailReport } from '../mail/report.ts'
import { findInspection, type MessageInspection as Recorded } from '../store/inspections.ts'
import { findInspection as findScan } from '../store/messages.ts'
import { readRawMails } from '../store/raw-mails.ts'
import { requireMailServer } from './access.ts'
import type { Manage } from './context.ts'
import { type MailInspection, toInspection } from './inspect.ts'
import type { Inspector } from './inspector.ts'

/** What scanners found. */
export type Scan = Pick<Recorded, 'spamScore' | 'threat' | 'threatDetails' | 'incomplete' | 'checks'> & {
  /** By the thresholds of now. */
  readonly spam: boolean
}

export type MessageInspection = {
  /** Null for mail that goes out, and when it was not kept and the mail is gone. */
  readonly inspection: MailInspection | null
  /** Of when it came: keys and records change. Null when nobody could be asked, or has been yet. */
  readonly authentication: Verdicts | null
  /** Null when no scanner was asked. */
  readonly scan: Scan | null
}

/**
 * What was made of a report when it came stands: by that the recipient was suppressed, or was not.
 * @throws AppError `mail_server.not_found`, `auth.forbidden`, `service.busy`, `input.invalid` when it takes too long
 */
export async function inspectMessage(
  manage: Pick<Manage, 'db' | 'actor'>,
  { inspect }: Pick<Inspector, 'inspect'>,
  message: Message,
): Promise<MessageInspection> {
  const { mailServerId, id, scope } = message
  const { spamThreshold, outboundSpamThreshold } = await requireMailServer(manage, mailServerId, 'reader')
  const [recorded, { spamScore }] = await Promise.all([findInspection(manage.db, mailServerId, id), findScan(manage.db, mailServerId, id)])
  // Columns of JSON hold what delivery wrote there
  const authentication = (recorded?.authentication as { verdicts: Verdicts } | null | undefined)?.verdicts ?? null
  const known = (recorded?.report as MailReport | null | undefined) ?? null
  const report = known ?? (scope === 'incoming' ? await readNow(manage, inspect, message) : null)
  const thresholds = { incoming: spamThreshold, outgoing: outboundSpamThreshold }
  return {
    inspection: report && toInspection(report, authentication),
    authentication,
    scan: recorded && spamScore !== null ? { ...scanOf(recorded), spam: isSpam(scope, recorded.spamScore, thresholds) } : null,
  }
}

async function readNow({ db }: Pick<Manage, 'db'>, inspect: Inspector['inspect'], message: Message): Promise<MailReport | null> {
  const { rawMailId, mailFrom, rcptTo } = message
  const raw = (await readRawMails(db, [rawMailId])).get(rawMailId)
  return raw ? inspect(raw, { mailFrom, rcptTo }, { offline: true }) : null
}

const scanOf = ({ spamScore, threat, threatDetails, incomplete, checks }: Recorded): Omit<Scan, 'spam'> => ({
  ...{ spamScore, threat, threatDetails, incomplete, checks },
})
