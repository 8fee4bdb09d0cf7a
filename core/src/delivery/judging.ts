/** Finds out about an incoming mail what decides on it: its spam score, viruses, and who sent it. Once for each message. */
import type { Message } from '../domain/message.ts'
import { isSpam } from '../domain/spam.ts'
import { type Judged, judgeSender, type Resolve, type Verdicts } from '../mail/authenticate.ts'
import type { Inspected } from '../net/inspectors/inspect.ts'
import type { MessageInspection } from '../store/inspections.ts'
import type { InspectionBook } from './inspection-book.ts'
import { NOT_SCANNED, type Scanning } from './scanning.ts'

export type JudgingOptions = {
  readonly inspections: InspectionBook
  readonly clock: () => Date
  readonly scanning: Scanning
  readonly resolve: Resolve
  /** Ours, in front of verdicts. */
  readonly hostname: string
}

export type Findings = {
  /** By the threshold of now: an edit counts for mail that waits too. */
  readonly spam: boolean
  readonly score: number
  readonly threat: boolean
  readonly threatDetails: string
  /** A scanner did not answer. */
  readonly incomplete: boolean
  readonly verdicts: Verdicts | null
  /** The Authentication-Results field, or nothing. */
  readonly header: string
}

export type Judging = {
  readonly message: Message
  /** What an earlier attempt found. */
  readonly known: MessageInspection | undefined
  readonly raw: Buffer
  readonly spamThreshold: number
  /** What the mail reports, if it is a report. */
  readonly report: MessageInspection['report']
  /** What we make of a bounce does not depend on what scanners think of it. */
  readonly scanned: boolean
}

/** Nothing of it need be asked again. */
export const isComplete = (known: MessageInspection | undefined): boolean => known?.authentication != null && !known.incomplete

/** Undefined when a scanner is away and mail is to wait for it. */
export async function judge(
  { inspections, clock, scanning, hostname, resolve }: JudgingOptions,
  { message, known, raw, spamThreshold, report, scanned }: Judging,
): Promise<Findings | undefined> {
  const judged = known?.authentication as Judged | null | undefined // as it is written below
  if (known && judged && (isComplete(known) || !scanned)) return toFindings(known, judged, spamThreshold)
  const { mailFrom, rcptTo, token } = message
  const [inspected, sender] = await Promise.all([
    scanned ? scanning.scan({ raw, mailFrom, rcptTo, token, scope: 'incoming' }) : NOT_SCANNED,
    judged ?? judgeSender(raw, { mailFrom, hostname, resolve }),
  ])
  if (!inspected) return undefined
  const inspection = toInspection(message, inspected, { authentication: sender, report, createdAt: clock() })
  await inspections.save({ inspection, scanned })
  return toFindings(inspection, sender, spamThreshold)
}

type Beside = Pick<MessageInspection, 'authentication' | 'report' | 'createdAt'>

/** What is kept of it: scores, not what becomes of them. */
export function toInspection({ id, mailServerId }: Message, inspected: Inspected, beside: Beside): MessageInspection {
  const { score, threat, threatDetails, incomplete, checks } = inspected
  return { messageId: id, mailServerId, spamScore: score, threat, threatDetails, incomplete, checks: [...checks], ...beside }
}

function toFindings(inspection: MessageInspection, { verdicts, header }: Judged, spamThreshold: number): Findings {
  const { spamScore, threat, threatDetails, incomplete } = inspection
  const spam = isSpam('incoming', spamScore, { incoming: spamThreshold, outgoing: null })
  return { spam, score: spamScore, threat, threatDetails, incomplete, verdicts, header }
}

/** In Postal's order and words; numbers have a point. */
export const inspectionHeaders = ({ spam, score, threat }: Findings, spamThreshold: number): string[] => [
  `X-Postal-Spam: ${yesNo(spam)}\r\n`,
  `X-Postal-Spam-Threshold: ${decimal(spamThreshold)}\r\n`,
  `X-Postal-Spam-Score: ${decimal(score)}\r\n`,
  `X-Postal-Threat: ${yesNo(threat)}\r\n`,
]

const yesNo = (claim: boolean): string => (claim ? 'yes' : 'no')
export const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value))
