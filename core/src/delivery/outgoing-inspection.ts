/** Has scanners look at outgoing mail of those mail servers that ask for it, once for each message: spam fails, a virus is dealt with as the mail server says. */
import type { Message } from '../domain/message.ts'
import { isSpam } from '../domain/spam.ts'
import type { Inspected, Inspector } from '../net/inspectors/inspect.ts'
import type { Database } from '../store/database.ts'
import type { MailServer } from '../store/directory.ts'
import { findInspection, saveInspections } from '../store/inspections.ts'
import { threatDecision } from './checks/incoming.ts'
import type { Later } from './couriers/site.ts'
import type { Decision, Job, PlannedMail } from './job.ts'
import { decimal } from './judging.ts'

/** Undefined when the message may go on. */
export type OutgoingInspection = (job: Job) => Promise<Decision | Later | undefined>

export type OutgoingInspectionOptions = {
  readonly db: Database
  readonly clock: () => Date
  readonly random: () => number
  readonly inspect: Inspector
  /** What to do while a scanner does not answer. */
  readonly outage: 'accept' | 'defer'
  /** Mail waits for a scanner. */
  readonly onAway?: () => void
}

/** What is more has no business in memory. */
const WAITING_MAX = 500
const BUSY_MS = 5_000
const AWAY_MS = 60_000

type Found = Pick<Inspected, 'score' | 'threat' | 'threatDetails'>

export function createOutgoingInspection(options: OutgoingInspectionOptions): OutgoingInspection {
  const scan = sharedScan(options.inspect)
  let waiting = 0
  return async (job) => {
    const { mailServer, mail, message } = job
    const threshold = mailServer?.outboundSpamThreshold ?? null
    if (!mailServer || !mail || threshold === null) return undefined
    if (waiting >= WAITING_MAX) return later(options, BUSY_MS, 'inspections')
    waiting += 1
    try {
      const found =
        (await known(options.db, message)) ??
        (await inspectNow(options, { message, threshold, scan: async () => scan(await mail(), message) }))
      return found ? judged(found, { job, mailServer, threshold }) : later(options, AWAY_MS, 'scanner away')
    } finally {
      waiting -= 1
    }
  }
}

/** Recipients of one mail share what is said about it. */
function sharedScan(inspect: Inspector): (mail: PlannedMail, message: Message) => Promise<Inspected> {
  const asked = new WeakMap<PlannedMail, Promise<Inspected>>()
  return (mail, { mailFrom, rcptTo, token }) => {
    const running = asked.get(mail) ?? inspect({ raw: mail.raw, mailFrom, rcptTo, token, scope: 'outgoing' })
    asked.set(mail, running)
    return running
  }
}

async function known(db: Database, { mailServerId, id }: Message): Promise<Found | undefined> {
  const stored = await findInspection(db, mailServerId, id)
  return stored && { score: stored.spamScore, threat: stored.threat, threatDetails: stored.threatDetails }
}

type Asking = { readonly message: Message; readonly threshold: number; readonly scan: () => Promise<Inspected> }

/** Undefined when a scanner is away and mail is to wait for it. */
async function inspectNow(
  { db, clock, outage, onAway }: OutgoingInspectionOptions,
  { message: { id: messageId, mailServerId }, threshold, scan }: Asking,
): Promise<Found | undefined> {
  const { incomplete, score, checks, threat, threatDetails } = await scan()
  if (incomplete && outage === 'defer') {
    onAway?.()
    return undefined
  }
  const spam = isSpam('outgoing', score, { incoming: threshold, outgoing: threshold })
  const found = { messageId, mailServerId, spam, spamScore: score, threat, threatDetails, checks: [...checks] }
  const inspection = { ...found, authentication: null, report: null, createdAt: clock() }
  await saveInspections(db, [{ inspection, scanned: true }])
  return { score, threat, threatDetails }
}

type Judging = { readonly job: Job; readonly mailServer: MailServer; readonly threshold: number }

/** A person's release does not make spam of it something else; it does let a virus go that was held. */
function judged({ score, threat, threatDetails }: Found, { job, mailServer, threshold }: Judging): Decision | undefined {
  if (isSpam('outgoing', score, { incoming: threshold, outgoing: threshold })) {
    const details = `Message is likely spam. Threshold is ${decimal(threshold)} and the message scored ${decimal(score)}.`
    return { status: 'hard_failed', details }
  }
  return threat ? threatDecision(threatDetails, mailServer.virusMode, job.entry) : undefined
}

/** Uncharged: an outage of ours must not use up the attempts of a mail, nor suppress its recipient. */
const later = ({ clock, random }: OutgoingInspectionOptions, ms: number, why: string): Later => ({
  kind: 'later',
  at: new Date(clock().getTime() + ms * (0.5 + random())),
  why,
})
