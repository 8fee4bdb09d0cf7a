/** Judges what a report says about one recipient: class, permanent or not, whom to suppress. RFC 3463 */
import type { ReportKind } from '../domain/report-kind.ts'
import type { ReplyClass } from '../domain/smtp-reply-class.ts'
import { classifyBounce, isPermanentClass, isPersonalClass } from './bounce-class.ts'
import type { ReportedRecipient } from './report.ts'
import { codesIn, spoken } from './report-recipients.ts'

/** Says nothing but temporary or permanent. */
const isVague = (status: string | null): boolean => status === null || /^[245]\.0\.0$/.test(status)

/** What the text of a report says as a whole, for those of whom it says nothing in particular. */
export type Context = { readonly enhanced: string | null; readonly class: ReplyClass }

/** Read once for all recipients, as there may be hundreds. */
export function contextOf(text: string): Context {
  const said = spoken(text)
  return { enhanced: onlyCode(said), class: classifyBounce({ code: null, enhanced: null, text: said }) }
}

/** What a text without a quoted reply still gives, when it gives but one. */
function onlyCode(text: string): string | null {
  const given = new Set([...text.matchAll(/(?:^|[\s#([:])([45]\.\d\.\d{1,3})(?=[\s)\]:,;-]|$)/g)].map(([, code = '']) => code))
  return given.size === 1 ? ([...given][0] ?? null) : null
}

type Said = Pick<ReportedRecipient, 'address' | 'status' | 'diagnostic'> & { readonly context: Context; readonly kind: ReportKind }

export function judge({ address, status, diagnostic, context, kind }: Said): ReportedRecipient {
  const codes = codesIn(diagnostic)
  const own = isVague(status) ? (codes.enhanced ?? status) : status
  const enhanced = isVague(own) && codes.code === null ? (context.enhanced ?? own) : own
  const worded = classOf({ code: codes.code, enhanced: own, diagnostic, context })
  const name =
    worded === 'other_permanent' || worded === 'other_temporary' ? classOf({ code: codes.code, enhanced, diagnostic, context }) : worded
  const permanent =
    kind === 'bounce' && isPermanentClass(name, enhanced ?? (codes.code === null ? null : `${String(codes.code).charAt(0)}.0.0`))
  // Whoever said until the end that it is for a time only has not said that nobody lives there.
  const temporary = enhanced?.startsWith('4') ?? (codes.code !== null && codes.code < 500)
  return {
    address,
    status: enhanced,
    diagnostic,
    class: name,
    permanent,
    personal: permanent && !temporary && isPersonalClass(name, enhanced),
  }
}

type Saying = {
  readonly code: number | null
  readonly enhanced: string | null
  readonly diagnostic: string | null
  readonly context: Context
}

/** The diagnostic first; where it says nothing that we know, the text around it. */
function classOf({ code, enhanced, diagnostic, context }: Saying): ReplyClass {
  const told = classifyBounce({ code, enhanced, text: diagnostic ?? '' })
  if (!['other_permanent', 'other_temporary', 'policy', 'server_unavailable', 'command_refused'].includes(told)) return told
  const wider = context.class
  return wider === 'other_permanent' || (diagnostic !== null && told !== 'other_permanent' && told !== 'other_temporary') ? told : wider
}
