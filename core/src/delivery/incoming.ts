/** The incoming steps in their order: each may end the journey, the last hands the mail to its endpoint. */

import { nextStep } from '../domain/retry.ts'
import { type RandomBytes, traceToken } from '../domain/token.ts'
import { isForged, type Judged, withoutForgedVerdicts } from '../mail/authenticate.ts'
import { prependHeaders } from '../mail/headers.ts'
import type { EndpointUse } from '../store/endpoint-use.ts'
import type { FoundEndpoint } from '../store/endpoints.ts'
import type { IncomingDirectory } from '../store/incoming-directory.ts'
import type { IncomingRoute, IncomingRules } from '../store/incoming-rules.ts'
import type { MessageInspection } from '../store/inspections.ts'
import { attempts, expiry } from './checks/attempts.ts'
import { rawMail } from './checks/content.ts'
import { developmentMode } from './checks/holds.ts'
import { type Arrival, type ArrivalCheck, acceptMode, holdMode, routed, spamFailure, spamMode, virus } from './checks/incoming.ts'
import { standing } from './checks/standing.ts'
import type { Later } from './couriers/site.ts'
import type { EndpointCouriers } from './endpoint-couriers.ts'
import { type BounceCause, type BouncesOptions, sendBounce } from './incoming-bounces.ts'
import { endpointNow } from './incoming-endpoint.ts'
import { handleReport, type ReportsOptions } from './incoming-reports.ts'
import type { Check, Decision, DeliveryRules, Job } from './job.ts'
import { type Findings, inspectionHeaders, isComplete, type JudgingOptions, judge } from './judging.ts'
import { uninspected } from './scanning.ts'

export type IncomingOptions = JudgingOptions &
  Omit<ReportsOptions, 'suppressionMs'> &
  BouncesOptions & {
    readonly rules: DeliveryRules
    readonly incomingDirectory: IncomingDirectory
    readonly endpointUse: Pick<EndpointUse, 'note'>
    readonly random: () => number
    readonly randomBytes: RandomBytes
    readonly couriers: EndpointCouriers
  }

/** `mark` is called before anything leaves, and resolves when it is on disk that something may have. */
export type Incoming = (job: Job, mark: () => Promise<void>) => Promise<Decision | Later>

const FIRST: readonly Check[] = [standing, expiry, attempts, rawMail]
const ON_ARRIVAL: readonly ArrivalCheck[] = [
  virus,
  spamFailure,
  ({ job }) => developmentMode(job, NO_RULES),
  routed,
  spamMode,
  acceptMode,
  holdMode,
]
/** The check of development mode asks for none. */
const NO_RULES: DeliveryRules = { attemptsMax: 0, holdMaxMs: 0, suppressionMs: 0 }

export const createIncoming =
  (options: IncomingOptions): Incoming =>
  (job, mark) =>
    process({ ...options, job, mark })

type Work = IncomingOptions & { readonly job: Job; readonly mark: () => Promise<void> }

async function process(work: Work): Promise<Decision | Later> {
  const { job, incomingDirectory, rules: deliveryRules, inspections, scanning } = work
  const { mailServerId, routeId } = job.message
  const rules = await incomingDirectory.rules(mailServerId)
  const route = routeId === null ? undefined : await incomingDirectory.route({ mailServerId, id: routeId })
  const first = FIRST.map((check) => check(job, deliveryRules)).find((finding) => finding !== undefined)
  if (first) return endEarly(work, first, { rules, route })
  if (!rules) throw new Error('a message without mail server passed the checks')

  const known = await inspections.find(job.message)
  const looking = () => look(work, { known, spamThreshold: rules.spamThreshold })
  const seen = await (isComplete(known) ? looking() : scanning.within(looking))
  if (!('raw' in seen)) return seen
  const { raw, findings } = seen
  const arrival = { job, rules, findings, route }
  const finding = ON_ARRIVAL.map((check) => () => check(arrival)).reduce<Decision | undefined>(
    (found, check) => found ?? check(),
    undefined,
  )
  const decision = finding ?? (await onward(work, { ...arrival, raw }))
  return findings.incomplete ? uninspected(decision) : decision
}

type Looking = { readonly known: MessageInspection | undefined; readonly spamThreshold: number }
type Seen = { readonly raw: Buffer; readonly findings: Findings }

/** Reads the mail, and finds out about it; a decision when that is all there is to do. */
async function look(work: Work, { known, spamThreshold }: Looking): Promise<Seen | Decision | Later> {
  const { job, rules, scanning } = work
  if (!job.mail) throw new Error('a message without mail passed the checks')
  const { raw } = await job.mail()
  const { report, decision } = await handleReport({ ...work, suppressionMs: rules.suppressionMs }, job, raw)
  const findings = await judge(work, {
    ...{ message: job.message, known, raw, spamThreshold },
    report: report && { ...report },
    scanned: decision === undefined,
  })
  if (decision) return decision
  return findings ? { raw, findings } : scanning.putOff(job)
}

type Ending = { readonly rules: IncomingRules | undefined; readonly route: IncomingRoute | undefined }

/** Only too many attempts are told to the sender; there is no mail server or no mail to speak for otherwise. */
async function endEarly(work: Work, finding: Decision, { rules, route }: Ending): Promise<Decision> {
  const { job, rules: deliveryRules } = work
  if (attempts(job, deliveryRules) === undefined || finding.status !== 'hard_failed' || !job.mail) return finding
  const { raw } = await job.mail()
  const found = (await work.inspections.find(job.message))?.authentication as Judged | null | undefined // as `judge` wrote it
  const bounceId = await sendBounce(work, job, {
    ...causeOf(job, { rules, route }),
    forged: isForged(found?.verdicts),
    raw,
    reason: finding.details,
    status: '4.4.7',
    diagnostic: null,
  })
  return bounceId === null ? finding : { ...finding, details: `${finding.details} Bounce sent to sender (see message <msg:${bounceId}>)` }
}

const causeOf = ({ message }: Job, { rules, route }: Ending): Pick<BounceCause, 'route' | 'postmaster'> => ({
  route: route?.domainName ? `${route.name === '*' ? message.rcptTo.split('@')[0] : route.name}@${route.domainName}` : message.rcptTo,
  postmaster: rules?.postmasterAddress ?? null,
})

const SUPERFLUOUS = 'Its route does not lead there any more, and another copy of the mail goes where it leads now.'

type Ready = Arrival & { readonly raw: Buffer }

async function onward(work: Work, arrival: Ready): Promise<Decision | Later> {
  const { route } = arrival
  if (route?.mode === 'bounce' || route?.mode === 'reject') return bounced(work, arrival)
  const endpoint = await endpointNow(work, work.job.message, route)
  if (endpoint === 'superfluous') return { status: 'processed', details: SUPERFLUOUS }
  if (!endpoint) return { status: 'hard_failed', details: 'Invalid endpoint for route.' }
  return carry(work, arrival, endpoint)
}

async function bounced(work: Work, arrival: Ready): Promise<Decision> {
  const details = 'Message has been bounced because the route asks for this.'
  const reason = 'The address does not accept mail.'
  const bounceId = await tellSender(work, arrival, { reason, status: '5.7.1', diagnostic: null })
  return { status: 'hard_failed', details: bounceId === null ? details : `${details} See message <msg:${bounceId}>` }
}

const tellSender = (work: Work, arrival: Ready, cause: Pick<BounceCause, 'reason' | 'status' | 'diagnostic'>): Promise<number | null> =>
  sendBounce(work, work.job, {
    ...causeOf(work.job, arrival),
    ...cause,
    raw: arrival.raw,
    forged: isForged(arrival.findings.verdicts),
  })

async function carry(work: Work, arrival: Ready, endpoint: FoundEndpoint): Promise<Decision | Later> {
  const { job, clock, random, randomBytes, couriers, hostname, endpointUse } = work
  const { findings, rules } = arrival
  const started = clock()
  const headers = [...inspectionHeaders(findings, rules.spamThreshold), findings.header]
  const raw = prependHeaders(withoutForgedVerdicts(arrival.raw, hostname), headers)
  const carried = await couriers(endpoint, { job, raw, findings, mark: work.mark })
  if ('at' in carried) return carried
  const now = clock()
  const { outcome, withoutBounce } = carried
  const { details, output, sentWithTls } = outcome
  const facts = { details, output, sentWithTls, ms: now.getTime() - started.getTime(), logId: traceToken(randomBytes) }
  if (outcome.kind === 'soft_fail') {
    const step = nextStep(outcome, job.entry, { now, random: random() }, Number.POSITIVE_INFINITY)
    return { status: 'soft_failed', ...facts, retryAt: step.kind === 'retry' ? step.at : now, uncertain: outcome.uncertain === true }
  }
  endpointUse.note(endpoint.type, endpoint.endpoint.id)
  if (outcome.kind === 'sent') return { status: 'sent', ...facts }
  const bounceId = withoutBounce ? null : await tellSender(work, arrival, refusal(outcome.details, outcome.output))
  const told = bounceId === null ? '' : `Sent bounce message to sender (see message <msg:${bounceId}>)`
  return { status: 'hard_failed', ...facts, details: told === '' ? details : `${details.replace(/\.$/, '')}. ${told}` }
}

/** An SMTP answer is quoted; that of an HTTP endpoint is between it and us. */
function refusal(details: string, output: string): Pick<BounceCause, 'reason' | 'status' | 'diagnostic'> {
  const smtp = /^[45]\d\d[ -](?:([45]\.\d{1,3}\.\d{1,3}))?/.exec(output)
  if (!smtp) return { reason: 'The receiving system refused the mail.', status: '5.0.0', diagnostic: null }
  return { reason: details, status: smtp[1] ?? '5.0.0', diagnostic: output }
}
