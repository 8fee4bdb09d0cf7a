/** Understands mail to return paths: finds the message that it is about, and records what it says of it. */

import { normaliseAddress } from '../domain/address.ts'
import type { NewId } from '../domain/ids.ts'
import type { ReportKind } from '../domain/report-kind.ts'
import { suppressedUntil, suppressionReason } from '../domain/suppression.ts'
import { readHeaders } from '../mail/headers.ts'
import { readReport } from '../mail/read-report.ts'
import type { MailReport } from '../mail/report.ts'
import type { MailLog } from '../observe/mail-log.ts'
import type { Database } from '../store/database.ts'
import {
  findOriginalsByMessageId,
  findOriginalsByToken,
  noteReportOf,
  type Original,
  recordBounce,
  recordComplaint,
} from '../store/originals.ts'
import { tellAuthor } from './forward-bounces.ts'
import type { BouncesOptions } from './incoming-bounces.ts'
import type { Decision, Job } from './job.ts'

export type ReportsOptions = BouncesOptions & {
  readonly db: Database
  readonly node: number
  readonly newId: NewId
  readonly clock: () => Date
  readonly suppressionMs: number
  readonly log: Pick<MailLog, 'recipientComplained'>
}

export type ReportHandled = { readonly report: MailReport | null; readonly decision?: Decision }

const UNMATCHED = "This message was a bounce but we couldn't link it with any outgoing message and there was no route for it."

/** No decision: the mail goes on to its route. */
export async function handleReport(options: ReportsOptions, job: Job, raw: Buffer): Promise<ReportHandled> {
  const { message } = job
  if (!message.bounce && !mayComplain(raw)) return { report: null }
  const report = readReport(raw, message)
  if (!message.bounce && report.kind !== 'complaint') return { report: null }
  const originals = await findOriginals(options, job, report)
  for (const original of originals) await recordOne(options, job, { report, original })
  if (!message.bounce) return { report }
  if (originals.length === 0)
    return message.routeId === null ? { report, decision: { status: 'hard_failed', details: UNMATCHED } } : { report }
  const settled = report.kind === 'bounce' || report.kind === 'complaint' || message.routeId === null
  return settled ? { report, decision: { status: 'processed', details: wordsFor(report.kind, originals) } } : { report }
}

/** Feedback loops write to whatever address was registered with them, so other routes are looked at too, by their headers. */
function mayComplain(raw: Buffer): boolean {
  return readHeaders(raw).some(
    ({ name, value }) =>
      (name === 'content-type' && /feedback-report/i.test(value)) || (name === 'subject' && /^complaint about message from/i.test(value)),
  )
}

/** The surest trace counts alone (D7). */
async function findOriginals(
  { db }: ReportsOptions,
  { message, mailServer }: Job,
  { original, recipients }: MailReport,
): Promise<Original[]> {
  const { mailServerId } = message
  const ours = original.returnPaths.filter((path) => path.mailServer === mailServer?.token).map((path) => path.message)
  const byPath = await findOriginalsByToken(db, mailServerId, ours.slice(0, 1))
  if (byPath.length > 0) return byPath
  const byToken = await findOriginalsByToken(db, mailServerId, original.tokens)
  if (byToken.length > 0) return byToken
  const addresses = recipients.map(({ address }) => address)
  return findOriginalsByMessageId(db, mailServerId, { messageIds: original.messageIds, recipients: addresses })
}

type Told = { readonly report: MailReport; readonly original: Original }

async function recordOne(options: ReportsOptions, job: Job, told: Told): Promise<void> {
  if (told.report.kind === 'bounce') {
    await recordBounced(options, job, told)
    return tellAuthor(options, job, told)
  }
  if (told.report.kind === 'complaint') return recordComplained(options, job, told)
  return noteReportOf(options.db, job.message.id, told.original)
}

async function recordBounced({ db, node, newId, clock, suppressionMs }: ReportsOptions, { message }: Job, told: Told): Promise<void> {
  const { report, original } = told
  const { mailServerId } = message
  const at = clock()
  const said =
    report.recipients.find(({ address }) => normaliseAddress(address) === normaliseAddress(original.rcptTo)) ?? report.recipients[0]
  const name = said?.class ?? report.class ?? 'other_permanent'
  const diagnostic = said?.diagnostic ?? report.diagnostic
  const status = said?.status ?? report.status
  const personal = said?.personal === true && original.scope === 'outgoing'
  const address = normaliseAddress(original.rcptTo)
  await recordBounce(db, node, {
    reportId: message.id,
    original,
    result: {
      ...{ deliveryId: newId(), eventId: newId(), messageId: original.id, mailServerId, status: 'bounced', at },
      details: `We've received a bounce message for this e-mail. See <msg:${message.id}> for details.`,
      output: diagnostic ?? '',
      ...{ sentWithTls: null, logId: null, ms: null, holdExpiresAt: null, postponement: null },
      trace: { replyClass: name },
      facts: {
        bounceMessageId: message.id,
        bounceType: (said?.permanent ?? report.permanent) ? 'hard' : 'soft',
        ...(status ? { smtpCode: status } : {}),
        ...(diagnostic ? { diagnostic } : {}),
      },
    },
    suppression: personal
      ? {
          ...{ id: newId(), mailServerId, address, source: 'bounce' as const, createdAt: at },
          reason: suppressionReason(name),
          keepUntil: suppressedUntil(suppressionReason(name), 'bounce', at, suppressionMs),
        }
      : null,
  })
}

/** Who complains is not mailed again until a person says otherwise; of forwarded mail, `rcptTo` is an address of our own. */
async function recordComplained({ db, newId, clock, log }: ReportsOptions, { message }: Job, { report, original }: Told): Promise<void> {
  const { mailServerId } = message
  const at = clock()
  await recordComplaint(db, {
    reportId: message.id,
    original,
    event: {
      ...{ id: newId(), mailServerId, messageId: original.id, kind: 'complained', at },
      data: {
        complaintMessageId: message.id,
        feedbackType: report.complaint?.type ?? 'abuse',
        reporter: report.complaint?.reporter ?? null,
      },
    },
    suppression:
      original.scope === 'outgoing'
        ? {
            ...{ id: newId(), mailServerId, address: normaliseAddress(original.rcptTo), reason: 'complaint', source: 'complaint' as const },
            keepUntil: null,
            createdAt: at,
          }
        : null,
  })
  log.recipientComplained({ messageId: original.id, mailServerId, rcptTo: original.rcptTo })
}

const WORDS: Readonly<Record<ReportKind, string>> = {
  bounce: 'This has been detected as a bounce message for',
  complaint: 'This has been detected as a complaint about',
  delay: 'This has been detected as a delay notice for',
  auto_reply: 'This has been detected as an automatic reply to',
  challenge: 'This has been detected as a request to confirm the sender of',
  ordinary: 'This came to the return path of',
}

const wordsFor = (kind: ReportKind, originals: readonly Original[]): string =>
  `${WORDS[kind]} ${originals.map(({ id }) => `<msg:${id}>`).join(' ')}.`
