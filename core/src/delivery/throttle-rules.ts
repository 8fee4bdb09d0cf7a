/** Replies that bring about a temporary limit: what to look for, how often, and what to do about it. Read from the top. */
import type { ReplyClass } from '../domain/smtp-reply-class.ts'

export type ThrottleRule = {
  readonly name: string
  readonly pattern?: RegExp
  readonly classes?: readonly ReplyClass[]
  /** So many within the time before the rule acts. */
  readonly threshold: { readonly count: number; readonly withinMs: number }
  readonly action: ThrottleAction
  readonly durationMs: number
}

export type ThrottleAction =
  | { readonly kind: 'suspend' }
  /** Messages a minute. */
  | { readonly kind: 'rate'; readonly amount: number }
  | { readonly kind: 'connections'; readonly amount: number }
  /** Mail for the site that would leave from this address leaves from a pool instead. */
  | { readonly kind: 'move'; readonly ipPool: string }

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const once = { count: 1, withinMs: MINUTE_MS }

/**
 * What the patterns look for is documented at senders.yahooinc.com/smtp-error-codes, support.google.com/a/answer/3726730,
 * sendersupport.olc.protection.outlook.com and postmaster.orange.fr.
 */
export const THROTTLE_RULES: readonly ThrottleRule[] = [
  {
    name: 'yahoo-complaints',
    pattern: /\[TSS?0[34]\]/,
    threshold: { count: 2, withinMs: 10 * MINUTE_MS },
    action: { kind: 'suspend' },
    durationMs: 2 * HOUR_MS,
  },
  { name: 'yahoo-volume', pattern: /\[TSS?0[12]\]/, threshold: once, action: { kind: 'rate', amount: 30 }, durationMs: HOUR_MS },
  { name: 'yahoo-permanent', pattern: /\[PH0\d\]/, threshold: once, action: { kind: 'suspend' }, durationMs: 24 * HOUR_MS },
  {
    name: 'gmail-rate',
    pattern: /421[ -]4\.7\.28|unusual rate of/i,
    threshold: once,
    action: { kind: 'rate', amount: 20 },
    durationMs: 30 * MINUTE_MS,
  },
  {
    name: 'outlook-rate',
    pattern: /\bRP-00[1-3]\b|\b4\.7\.650\b/,
    threshold: once,
    action: { kind: 'rate', amount: 30 },
    durationMs: HOUR_MS,
  },
  {
    name: 'outlook-block',
    pattern: /\bS31(?:40|50)\b/,
    threshold: { count: 3, withinMs: HOUR_MS },
    action: { kind: 'suspend' },
    durationMs: 4 * HOUR_MS,
  },
  {
    name: 'orange-connections',
    pattern: /\bOFR(?:004)?_?10[4-9]\b|\bOFR_\d*\s*\[\d+\].*connect/i,
    threshold: once,
    action: { kind: 'connections', amount: 1 },
    durationMs: HOUR_MS,
  },
  {
    name: 'too-many-connections',
    classes: ['too_many_connections'],
    // The window finds the number itself, at the price of some refusals; more of them come of other workers and machines.
    threshold: { count: 20, withinMs: MINUTE_MS },
    action: { kind: 'connections', amount: 2 },
    durationMs: 15 * MINUTE_MS,
  },
  {
    name: 'rate-limited',
    classes: ['rate_limited'],
    threshold: { count: 5, withinMs: 5 * MINUTE_MS },
    action: { kind: 'rate', amount: 30 },
    durationMs: 15 * MINUTE_MS,
  },
  {
    name: 'blocklisted',
    classes: ['blocklisted', 'reputation'],
    threshold: { count: 10, withinMs: HOUR_MS },
    action: { kind: 'suspend' },
    durationMs: HOUR_MS,
  },
]
