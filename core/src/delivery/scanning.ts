/** The way of mail to the scanners, for both directions: so many wait for them, others come later, and what is done while one is away. */
import type { Inspected, Inspector } from '../net/inspectors/inspect.ts'
import type { Scanned } from '../net/inspectors/inspection.ts'
import type { Later } from './couriers/site.ts'
import type { Decision, Job } from './job.ts'

export type ScanResult = 'complete' | 'incomplete' | 'busy'

export type ScanningOptions = {
  /** Null when no scanner is set up: then nothing waits for any. */
  readonly inspect: Inspector | null
  /** What to do while a scanner does not answer. */
  readonly outage: 'accept' | 'defer'
  readonly clock: () => Date
  readonly random: () => number
  readonly onResult?: (result: ScanResult) => void
}

export type Scanning = {
  /** Does work that asks scanners and holds a mail in memory meanwhile; later, when so many are at it that it had better wait in the queue. */
  readonly within: <T>(work: () => Promise<T>) => Promise<T | Later>
  /** Undefined when a scanner is away and mail is to wait for it. */
  readonly scan: (scanned: Scanned) => Promise<Inspected | undefined>
  /** For mail that waits for a scanner. */
  readonly putOff: (job: Job) => Decision | Later
}

/** What is more has no business in memory. */
const WAITING_MAX = 500
const BUSY_MS = 5_000
const AWAY_MS = 60_000
const DAY_MS = 86_400_000
/** As long does a mail wait while scanners answer about others. */
const PATIENCE_MS = DAY_MS
/** Scanners that come back to a day of mail fail a while for the sheer number. */
const SETTLED_MS = 3_600_000

export const NOT_SCANNED: Inspected = { score: 0, checks: [], threat: false, threatDetails: '', incomplete: false }

export function createScanning(options: ScanningOptions): Scanning {
  const { inspect, outage, onResult } = options
  const steadiness = createSteadiness(options.clock)
  let waiting = 0
  const admitted = async <T>(work: () => Promise<T>): Promise<T | Later> => {
    if (waiting >= WAITING_MAX) {
      onResult?.('busy')
      return later(soon(options, BUSY_MS), 'inspections')
    }
    waiting += 1
    try {
      return await work()
    } finally {
      waiting -= 1
    }
  }
  return {
    within: inspect ? admitted : (work) => work(),
    scan: async (scanned) => {
      if (!inspect) return NOT_SCANNED
      const inspected = await inspect(scanned)
      if (!inspected.incomplete) steadiness.noteAnswer()
      onResult?.(inspected.incomplete ? 'incomplete' : 'complete')
      return inspected.incomplete && outage === 'defer' ? undefined : inspected
    },
    putOff: (job) => (steadiness.isSettled() && isOutOfPatience(job) ? HELD : putOff(job, soon(options, AWAY_MS))),
  }
}

/** Whether scanners have answered for long, about whatever mail: one that they do not answer about fails alone then. */
function createSteadiness(clock: () => Date): { readonly noteAnswer: () => void; readonly isSettled: () => boolean } {
  let answering: { readonly since: number; readonly last: number } | undefined
  return {
    noteAnswer: () => {
      const now = clock().getTime()
      answering = { since: answering && now - answering.last < DAY_MS ? answering.since : now, last: now }
    },
    isSettled: () =>
      answering !== undefined && answering.last - answering.since >= SETTLED_MS && clock().getTime() - answering.last < DAY_MS,
  }
}

/** Its last delivery is the one that put it off: none is written while it waits. */
const isOutOfPatience = ({ message: { status, lastDeliveryAt }, now }: Job): boolean =>
  status === 'soft_failed' && lastDeliveryAt !== null && now.getTime() - lastDeliveryAt.getTime() >= PATIENCE_MS

/** A person's release has it inspected anew, and not sent without: who knows what makes a scanner fail would get by it. */
const HELD: Decision = {
  status: 'held',
  details: 'A scanner has failed on this message for a day, and answered about others. Once released, the message is inspected anew.',
}

const PUT_OFF = 'Message could not be inspected, because a scanner does not answer. It will be inspected later.'

/**
 * Said once, and not each minute for as long as the scanner is away. Uncharged: an outage of ours must not use up the attempts of a
 * mail, nor suppress its recipient.
 */
function putOff({ message }: Job, retryAt: Date): Decision | Later {
  if (message.status === 'soft_failed') return later(retryAt, 'scanner away')
  return { status: 'soft_failed', details: PUT_OFF, retryAt, uncharged: true }
}

/** Said of mail that goes on without a verdict. */
export const uninspected = <T extends Decision | Later>(decision: T): T =>
  'status' in decision ? { ...decision, details: `${decision.details} ${NOT_INSPECTED}` } : decision

const NOT_INSPECTED = '(It was not inspected, because a scanner did not answer.)'

const later = (at: Date, why: string): Later => ({ kind: 'later', at, why })

const soon = ({ clock, random }: ScanningOptions, ms: number): Date => new Date(clock().getTime() + ms * (0.5 + random()))
