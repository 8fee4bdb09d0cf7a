/** Tells the author that a mail was lost after it had been forwarded from here: its return path was ours, so that nobody else can (docs/decisions/063). */
import { isForged, type Judged } from '../mail/authenticate.ts'
import type { MailReport } from '../mail/report.ts'
import { findInspection } from '../store/inspections.ts'
import { findMessage } from '../store/messages.ts'
import type { Original } from '../store/originals.ts'
import { readRawMails } from '../store/raw-mails.ts'
import { type BouncesOptions, sendBounce } from './incoming-bounces.ts'
import type { Job } from './job.ts'

/** Once for each mail, however many reports come; where it was forwarded to is between the route's owner and us. */
export async function tellAuthor(
  options: BouncesOptions,
  { mailServer }: Pick<Job, 'mailServer'>,
  { original, report }: Lost,
): Promise<void> {
  if (original.scope !== 'incoming' || !mailServer) return
  const { db } = options
  const message = await findMessage(db, mailServer.id, original.id)
  const raw = message && (await readRawMails(db, [message.rawMailId])).get(message.rawMailId)
  if (!message || !raw) return
  const found = (await findInspection(db, mailServer.id, message.id))?.authentication as Judged | null | undefined // as `judge` wrote it
  await sendBounce(
    options,
    { message, mailServer },
    {
      ...{ raw, route: message.rcptTo, postmaster: null, diagnostic: null },
      reason: 'The mailbox that the mail is forwarded to did not take it.',
      status: report.status ?? '5.0.0',
      forged: isForged(found?.verdicts),
    },
  )
}

type Lost = { readonly original: Original; readonly report: MailReport }
