/** Finds the class of what a bounce says, among the classes of SMTP replies. Bounces are wordier, in many languages, and often quote no code. RFC 3463 */
import { REPLY_CLASSES, type ReplyClass } from '../domain/smtp-reply-class.ts'
import { BOUNCE_WORDS } from './bounce-words.ts'

/** What a bounce says about one recipient. Null where it says nothing. */
export type Refusal = {
  /** The basic code of SMTP. */
  readonly code: number | null
  /** Class, subject and detail, such as `5.1.1`. */
  readonly enhanced: string | null
  readonly text: string
}

/** `as_said` classes are as final as the code says; a bounce without a code is final, since the server has given up. */
export function isPermanentClass(name: ReplyClass, enhanced: string | null): boolean {
  const { permanent } = REPLY_CLASSES[name]
  return permanent === 'yes' || (permanent === 'as_said' && !enhanced?.startsWith('4'))
}

/** Permanent, and about this one recipient: the only kind that suppresses (D7). */
export const isPersonalClass = (name: ReplyClass, enhanced: string | null): boolean =>
  isPermanentClass(name, enhanced) && REPLY_CLASSES[name].about === 'recipient'

/** More text says nothing more, and costs. */
const TEXT_MAX = 4_000

/**
 * The precise enhanced codes decide at once, because servers that give them mean them. Else words go before vague codes:
 * `5.7.1` and `550` stand before everything from a typing error to a block list.
 */
export function classifyBounce({ code, enhanced, text }: Refusal): ReplyClass {
  const shown = text.slice(0, TEXT_MAX)
  const precise = enhanced === null ? undefined : PRECISE.get(enhanced.slice(2))
  if (precise) return sharpened(precise, shown)
  const worded = BOUNCE_WORDS.find(({ pattern }) => pattern.test(shown))
  return worded?.class ?? byVagueCode(enhanced) ?? byBasicCode(code, enhanced)
}

/** Some large providers give `5.1.1` and `5.2.1` for their blocks and limits too, but never without saying so. */
function sharpened(precise: ReplyClass, text: string): ReplyClass {
  if (precise !== 'unknown_user' && precise !== 'mailbox_disabled') return precise
  const worded = BOUNCE_WORDS.find(({ pattern, decisive }) => decisive && pattern.test(text))
  return worded?.class ?? precise
}

/** Subject and detail whose meaning servers agree on. RFC 3463 §3, RFC 7372 §3, RFC 7505 §4.2, and Exchange Online's own. */
const PRECISE: ReadonlyMap<string, ReplyClass> = new Map([
  ['1.1', 'unknown_user'],
  ['1.10', 'unknown_user'],
  ['1.2', 'no_such_domain'],
  ['1.3', 'bad_address'],
  ['1.4', 'bad_address'],
  ['1.6', 'mailbox_moved'],
  ['1.7', 'sender_refused'],
  ['1.8', 'sender_refused'],
  ['2.1', 'mailbox_disabled'],
  ['2.2', 'mailbox_full'],
  ['2.122', 'recipient_rate'],
  ['2.3', 'too_large'],
  ['3.4', 'too_large'],
  ['4.6', 'mail_loop'],
  ['4.7', 'timed_out'],
  ['4.14', 'mail_loop'],
  ['5.3', 'too_many_recipients'],
  ['6.11', 'malformed'],
  ['7.20', 'authentication'],
  ['7.21', 'authentication'],
  ['7.22', 'authentication'],
  ['7.23', 'authentication'],
  ['7.24', 'authentication'],
  ['7.25', 'reverse_dns'],
  ['7.26', 'authentication'],
  ['7.124', 'recipient_restricted'],
  ['7.133', 'recipient_restricted'],
  ['7.134', 'recipient_restricted'],
  ['7.136', 'recipient_restricted'],
  ['7.509', 'authentication'],
  ['7.515', 'authentication'],
])

/** Details that narrow it down only when no word does. */
const VAGUE: ReadonlyMap<string, ReplyClass> = new Map([
  ['1.0', 'unknown_user'],
  ['2.4', 'recipient_restricted'],
  ['3.0', 'server_unavailable'],
  ['3.1', 'server_full'],
  ['3.2', 'server_unavailable'],
  ['3.5', 'server_unavailable'],
  ['4.0', 'server_unavailable'],
  ['4.1', 'server_unavailable'],
  ['4.2', 'connection_lost'],
  ['4.3', 'server_unavailable'],
  ['4.4', 'no_such_domain'],
  ['4.310', 'no_such_domain'],
  ['4.5', 'server_unavailable'],
  ['5.2', 'command_refused'],
  ['6.0', 'malformed'],
  ['6.1', 'malformed'],
  ['6.3', 'not_convertible'],
  ['6.6', 'malformed'],
  ['6.7', 'not_convertible'],
  ['7.0', 'policy'],
  ['7.1', 'policy'],
  ['7.2', 'recipient_restricted'],
  ['7.27', 'policy'],
])

function byVagueCode(enhanced: string | null): ReplyClass | undefined {
  const vague = enhanced === null ? undefined : VAGUE.get(enhanced.slice(2))
  return vague && enhanced?.startsWith('4') && REPLY_CLASSES[vague].about === 'recipient' ? 'other_temporary' : vague
}

function byBasicCode(code: number | null, enhanced: string | null): ReplyClass {
  const said = enhanced ? Number(enhanced[0]) * 100 : (code ?? 500)
  if (code === 552 && enhanced === null) return 'mailbox_full'
  if (code === 452) return 'server_full'
  if (code === 421) return 'server_unavailable'
  if (code !== null && code >= 530 && code < 540) return 'login_required'
  if (code !== null && code > 500 && code < 510) return 'command_refused'
  return said < 500 ? 'other_temporary' : 'other_permanent'
}
