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

export const NOT_SCANNED: Inspected = { score: 0, checks: [], threat: false, threatDetails: '', incomplete: false }

export function createScanning(options: ScanningOptions): Scanning {
  const { inspect, outage, onResult } = options
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
      onResult?.(inspected.incomplete ? 'incomplete' : 'complete')
      return inspected.incomplete && outage === 'defer' ? undefined : inspected
    },
    putOff: (job) => putOff(job, soon(options, AWAY_MS)),
  }
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

const later = (at: Date, why: string): Later => ({ kind: 'later', at, why })

const soon = ({ clock, random }: ScanningOptions, ms: number): Date => new Date(clock().getTime() + ms * (0.5 + random()))
