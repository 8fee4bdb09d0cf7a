/** Has scanners look at outgoing mail of those mail servers that ask for it, once for each message: spam fails, a virus is dealt with as the mail server says. */
import type { Message } from '../domain/message.ts'
import { isSpam } from '../domain/spam.ts'
import type { Inspected } from '../net/inspectors/inspect.ts'
import type { Database } from '../store/database.ts'
import type { MailServer } from '../store/directory.ts'
import { findInspection, saveInspections } from '../store/inspections.ts'
import { threatDecision } from './checks/incoming.ts'
import type { Later } from './couriers/site.ts'
import type { Decision, Job, PlannedMail } from './job.ts'
import { decimal, toInspection } from './judging.ts'
import { type Scanning, uninspected } from './scanning.ts'

/** Goes onward with a message that scanners let go on. */
export type OutgoingInspection = (job: Job, onward: () => Promise<Decision | Later>) => Promise<Decision | Later>

export type OutgoingInspectionOptions = { readonly db: Database; readonly clock: () => Date; readonly scanning: Scanning }

/** Undefined when a scanner is away and mail is to wait for it. */
type Scan = (mail: PlannedMail, message: Message) => Promise<Inspected | undefined>

export function createOutgoingInspection({ db, clock, scanning }: OutgoingInspectionOptions): OutgoingInspection {
  const scan = sharedScan(scanning)
  return async (job, onward) => {
    const { mailServer, mail, message } = job
    const threshold = mailServer?.outboundSpamThreshold ?? null
    if (!mailServer || !mail || threshold === null) return onward()
    const seen = await scanning.within(async () => {
      const earlier = await known(db, message)
      const found = earlier ?? (await scan(await mail(), message))
      if (!found) return scanning.putOff(job)
      if (found !== earlier) await keep(db, { message, found, now: clock() })
      return { found }
    })
    if (!('found' in seen)) return seen
    const decision = judged(seen.found, { job, mailServer, threshold }) ?? (await onward())
    return seen.found.incomplete ? uninspected(decision) : decision
  }
}

/** Recipients of one mail share what is said about it. */
function sharedScan({ scan }: Scanning): Scan {
  const asked = new WeakMap<PlannedMail, ReturnType<Scan>>()
  return (mail, { mailFrom, rcptTo, token }) => {
    const running = asked.get(mail) ?? scan({ raw: mail.raw, mailFrom, rcptTo, token, scope: 'outgoing' })
    asked.set(mail, running)
    return running
  }
}

/** What a scanner did not say is asked again. */
async function known(db: Database, { mailServerId, id }: Message): Promise<Inspected | undefined> {
  const stored = await findInspection(db, mailServerId, id)
  return stored && !stored.incomplete ? { ...stored, score: stored.spamScore } : undefined
}

type Keeping = { readonly message: Message; readonly found: Inspected; readonly now: Date }

function keep(db: Database, { message, found, now }: Keeping): Promise<void> {
  const inspection = toInspection(message, found, { authentication: null, report: null, createdAt: now })
  return saveInspections(db, [{ inspection, scanned: true }])
}

type Judging = { readonly job: Job; readonly mailServer: MailServer; readonly threshold: number }

/** A person's release does not make spam of it something else; it does let a virus go that was held. */
function judged({ score, threat, threatDetails }: Inspected, { job, mailServer, threshold }: Judging): Decision | undefined {
  if (isSpam('outgoing', score, { incoming: threshold, outgoing: threshold })) {
    const details = `Message is likely spam. Threshold is ${decimal(threshold)} and the message scored ${decimal(score)}.`
    return { status: 'hard_failed', details }
  }
  return threat ? threatDecision(threatDetails, mailServer.virusMode, job.entry) : undefined
}
