/** Finds out about an incoming mail what decides on it: spam, viruses, and who sent it. Once for each message. */
import type { Message } from '../domain/message.ts'
import { type Judged, judgeSender, type Resolve, type Verdicts } from '../mail/authenticate.ts'
import type { Inspected, Inspector } from '../net/inspectors/inspect.ts'
import type { MessageInspection } from '../store/inspections.ts'
import type { InspectionBook } from './inspection-book.ts'

export type JudgingOptions = {
  readonly inspections: InspectionBook
  readonly clock: () => Date
  readonly inspect: Inspector
  readonly resolve: Resolve
  /** Ours, in front of verdicts. */
  readonly hostname: string
  /** What to do while a scanner does not answer. */
  readonly outage: 'accept' | 'defer'
}

export type Findings = {
  readonly spam: boolean
  readonly score: number
  readonly threat: boolean
  readonly threatDetails: string
  readonly verdicts: Verdicts | null
  /** The Authentication-Results field, or nothing. */
  readonly header: string
}

export type Judging = {
  readonly message: Message
  readonly raw: Buffer
  readonly spamThreshold: number
  /** What the mail reports, if it is a report. */
  readonly report: MessageInspection['report']
  /** What we make of a bounce does not depend on what scanners think of it. */
  readonly scanned: boolean
}

/** Undefined when a scanner is away and mail is to wait for it. */
export async function judge(
  options: JudgingOptions,
  { message, raw, spamThreshold, report, scanned }: Judging,
): Promise<Findings | undefined> {
  const { inspections, clock, outage } = options
  const known = await inspections.find(message)
  if (known?.authentication !== undefined && known.authentication !== null) return fromStored(known)
  const { mailFrom, rcptTo, token } = message
  const [inspected, judged] = await Promise.all([
    scanned ? options.inspect({ raw, mailFrom, rcptTo, token, scope: 'incoming' }) : NOT_SCANNED,
    judgeSender(raw, { mailFrom, hostname: options.hostname, resolve: options.resolve }),
  ])
  if (inspected.incomplete && outage === 'defer') return undefined
  const { score, checks, threat, threatDetails } = inspected
  const spam = score > spamThreshold
  const inspection = {
    ...{ messageId: message.id, mailServerId: message.mailServerId, spam, spamScore: score, threat, threatDetails, report },
    checks: [...checks],
    authentication: judged,
    createdAt: clock(),
  }
  await inspections.save({ inspection, scanned })
  return { spam, score, threat, threatDetails, ...judged }
}

const NOT_SCANNED: Inspected = { score: 0, checks: [], threat: false, threatDetails: '', incomplete: false }

function fromStored({ spam, spamScore, threat, threatDetails, authentication }: MessageInspection): Findings {
  const { verdicts, header } = authentication as Judged // as `judge` wrote it
  return { spam, score: spamScore, threat, threatDetails, verdicts, header }
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
