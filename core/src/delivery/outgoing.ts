/** The outgoing steps in their order: each check may end the journey, the last step carries the mail. */
import type { Outcome } from '../domain/delivery.ts'
import { nextStep } from '../domain/retry.ts'
import { suppressionReason } from '../domain/suppression.ts'
import { attempts, expiry } from './checks/attempts.ts'
import { rawMail, recipient, sendingDomain } from './checks/content.ts'
import { credentialHold, developmentMode, suppression } from './checks/holds.ts'
import { standing } from './checks/standing.ts'
import type { Attempted, Check, Decision, DeliveryRules, Finding, Job } from './job.ts'

const CHECKS: readonly Check[] = [standing, expiry, attempts, rawMail, sendingDomain, recipient, credentialHold, suppression]

/** Between the two the message is counted against the send limit (`send-limit.ts`), as Postal counts. */
const CHECKS_AFTER_COUNTING: readonly Check[] = [developmentMode]

/** The first check that has something to say decides. */
export const checkOutgoing = (job: Job, rules: DeliveryRules): Finding => firstFinding(CHECKS, job, rules)

export function checkCounted(job: Job, rules: DeliveryRules): Finding {
  const finding = firstFinding(CHECKS_AFTER_COUNTING, job, rules)
  return finding && { ...finding, counts: true }
}

function firstFinding(checks: readonly Check[], job: Job, rules: DeliveryRules): Finding {
  for (const check of checks) {
    const finding = check(job, rules)
    if (finding) return finding
  }
  return undefined
}

/** What follows from an attempt. */
export function judgeAttempt(job: Job, { outcome, trace, ms, logId }: Attempted, chance: { now: Date; random: number }): Decision {
  const { kind, output, sentWithTls } = outcome
  const details = job.entry.uncertain ? `${sentence(outcome.details)} ${MAYBE_DUPLICATE}` : outcome.details
  const facts = { details, output, sentWithTls, ms, logId, trace, counts: true }
  if (kind === 'sent') return { status: 'sent', ...facts }
  if (kind === 'hard_fail') return { status: 'hard_failed', ...facts, ...personalFailure(outcome) }

  // The last attempt's reply is recorded as delayed; the entry comes back once more and `attempts` ends it.
  const step = nextStep(outcome, job.entry, chance, Number.POSITIVE_INFINITY)
  const retryAt = step.kind === 'retry' ? step.at : chance.now
  return { status: 'soft_failed', ...facts, retryAt, uncertain: job.entry.uncertain || outcome.uncertain === true }
}

const MAYBE_DUPLICATE = 'An earlier attempt ended without an answer: this may be a duplicate.'
const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`)

/** Only a permanent, personal failure suppresses the recipient (D7). */
const personalFailure = ({ personal = false, replyClass = 'unknown_user' }: Outcome): Pick<Decision, 'suppress'> =>
  personal ? { suppress: { reason: suppressionReason(replyClass) } } : {}
