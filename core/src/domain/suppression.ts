/** For how long an address is not mailed, and whether a mail that arrives ends it: by the reason why it is suppressed. */
import type { ReplyClass } from './smtp-reply-class.ts'

/** Who put an address on the list: a refusal, a bounce, its owner by a complaint or by unsubscribing, a person here, or a list that a person brought. */
export const SUPPRESSION_SOURCES = ['delivery', 'bounce', 'complaint', 'unsubscribe', 'manual', 'import'] as const
export type SuppressionSource = (typeof SUPPRESSION_SOURCES)[number]

type Rule = {
  /** How many times the installation's usual time; null for ever. */
  readonly times: number | null
  /** A mail that was taken proves the reason wrong. */
  readonly endsBySuccess: boolean
}

/** What is gone stays gone; what is full or switched off may come back; who complained or asked us to stop is not mailed again. */
const RULES = {
  unknown_user: { times: 12, endsBySuccess: true },
  bad_address: { times: 12, endsBySuccess: true },
  mailbox_moved: { times: 6, endsBySuccess: true },
  no_such_domain: { times: 3, endsBySuccess: true },
  mailbox_disabled: { times: 1, endsBySuccess: true },
  mailbox_full: { times: 0.5, endsBySuccess: true },
  too_many_soft_fails: { times: 1, endsBySuccess: true },
  too_many_hard_fails: { times: 1, endsBySuccess: true },
  complaint: { times: null, endsBySuccess: false },
  unsubscribed: { times: null, endsBySuccess: false },
} as const satisfies Readonly<Record<string, Rule>> & Readonly<Partial<Record<ReplyClass, Rule>>>

/** Reasons that people word are theirs to end. */
const OTHER: Rule = { times: null, endsBySuccess: false }

const ruleOf = (reason: string): Rule => {
  const name = reason.trim().toLowerCase().replaceAll(/[ -]/g, '_')
  return Object.entries(RULES).find(([known]) => known === name)?.[1] ?? OTHER
}

/** As reasons are stored and shown: `mailbox_full` is `mailbox full`. */
export const suppressionReason = (replyClass: ReplyClass): string => replyClass.replaceAll('_', ' ')

/** When the suppression ends by itself; null never. A class of failure that the table does not name keeps the usual time. */
export function suppressedUntil(reason: string, source: SuppressionSource, at: Date, usualMs: number): Date | null {
  const rule = ruleOf(reason)
  const times = rule === OTHER && (source === 'delivery' || source === 'bounce') ? 1 : rule.times
  return times === null ? null : new Date(at.getTime() + times * usualMs)
}

/** Of whoever asked us to stop. */
export const UNSUBSCRIBED = 'unsubscribed' satisfies keyof typeof RULES

export const endsBySuccess = (reason: string): boolean => ruleOf(reason).endsBySuccess
