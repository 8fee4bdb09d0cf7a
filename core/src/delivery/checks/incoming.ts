/** Reasons not to hand incoming mail on: its findings, and what its route says. A person's release overrules the holds. */
import type { IncomingRoute, IncomingRules } from '../../store/incoming-rules.ts'
import type { Finding, Job } from '../job.ts'
import { decimal, type Findings } from '../judging.ts'

export type Arrival = {
  readonly job: Job
  readonly rules: IncomingRules
  readonly findings: Findings
  readonly route: IncomingRoute | undefined
}

export type ArrivalCheck = (arrival: Arrival) => Finding

export const virus: ArrivalCheck = ({ job, rules, findings }) =>
  findings.threat ? threatDecision(findings.threatDetails, rules.virusMode, job.entry) : undefined

/** For outgoing mail too. */
export function threatDecision(threat: string, virusMode: IncomingRules['virusMode'], { manual }: Pick<Job['entry'], 'manual'>): Finding {
  if (virusMode === 'mark') return undefined
  const details = `Message contains a threat: ${threat}`
  if (virusMode === 'fail') return { status: 'hard_failed', details }
  return manual ? undefined : { status: 'held', details }
}

export const spamFailure: ArrivalCheck = ({ rules: { spamFailureThreshold }, findings }) => {
  if (findings.score < spamFailureThreshold) return undefined
  const details = `Message's spam score is higher than the failure threshold for this server. Threshold is currently ${decimal(spamFailureThreshold)}.`
  return { status: 'hard_failed', details }
}

export const routed: ArrivalCheck = ({ route }) =>
  route ? undefined : { status: 'hard_failed', details: 'Message does not have a route and/or endpoint available for delivery.' }

export const spamMode: ArrivalCheck = ({ job, findings, route }) => {
  if (!findings.spam || job.entry.manual) return undefined
  if (route?.spamMode === 'quarantine') return { status: 'held', details: 'Message placed into quarantine.' }
  return route?.spamMode === 'fail'
    ? { status: 'hard_failed', details: 'Message is spam and the route specifies it should be failed.' }
    : undefined
}

const NOT_SENT = 'Message has been accepted but not sent to any endpoints.'

export const acceptMode: ArrivalCheck = ({ route }) => (route?.mode === 'accept' ? { status: 'processed', details: NOT_SENT } : undefined)

export const holdMode: ArrivalCheck = ({ job, route }) => {
  if (route?.mode !== 'hold') return undefined
  return job.entry.manual ? { status: 'processed', details: 'Message has been processed.' } : { status: 'held', details: NOT_SENT }
}
