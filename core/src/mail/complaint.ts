/** Reads complaints of recipients: feedback reports, Microsoft's JMRP mails, and plain notes of providers. RFC 5965, RFC 6650 */
import { decodeWords, parseAddressList } from './addresses.ts'
import { type Header, lastHeader } from './headers.ts'
import type { Complaint, FoundBy } from './report.ts'
import { type Fields, field, parseFieldBlocks, withoutType } from './report-fields.ts'
import type { ReportParts } from './report-parts.ts'

export type FoundComplaint = { readonly foundBy: FoundBy; readonly complaint: Complaint; readonly addresses: readonly string[] }

/** Reports that nobody has complained by: good mail, and DMARC's forensic ones. RFC 6591, RFC 5965 §7.3 */
const NO_COMPLAINT = ['not-spam', 'auth-failure', 'dmarc']

export function readComplaint(parts: ReportParts): FoundComplaint | undefined {
  return byFields(parts) ?? byJunkMailReporting(parts) ?? byText(parts)
}

function byFields(parts: ReportParts): FoundComplaint | undefined {
  const fields = parts.feedback ?? flattened(parts)
  if (!fields) return undefined
  const type = (field(fields, 'feedback-type') ?? 'abuse').toLowerCase()
  if (NO_COMPLAINT.includes(type)) return undefined
  const complaint = {
    type,
    reporter: field(fields, 'user-agent') ?? field(fields, 'reporting-mta') ?? null,
    sourceIp: field(fields, 'source-ip')?.replace(/^\[|\]$/g, '') ?? null,
  }
  const named = [...(fields.get('original-rcpt-to') ?? []), ...(fields.get('removal-recipient') ?? [])]
  return { foundBy: 'feedback_report', complaint, addresses: firstOf(addressesIn(named), () => complainants(parts)) }
}

/** A gateway has made text of the part. */
function flattened({ text }: ReportParts): Fields | undefined {
  const at = /^Feedback-Type:\s*\w/im.exec(text)?.index
  const groups = at === undefined ? [] : parseFieldBlocks(text.slice(at))
  const [group] = groups
  return group?.has('version') || group?.has('user-agent') ? group : undefined
}

/** Hotmail and Outlook: the mail itself, with the complaining user in a field of theirs. */
function byJunkMailReporting(parts: ReportParts): FoundComplaint | undefined {
  const subject = decodeWords(lastHeader(parts.headers, 'subject') ?? '')
  const from = lastHeader(parts.headers, 'from') ?? ''
  const marked = parts.returned.some((mail) => lastHeader(mail, HOTMAIL_RECIPIENT) !== undefined)
  const staff =
    /staff@(?:hotmail|outlook)\.com|@(?:.{0,40}\.)?protection\.outlook\.com/i.test(from) && /complaint about message from/i.test(subject)
  if (!marked && !staff) return undefined
  const sourceIp = /message from \[?([\da-f.:]{7,45})/i.exec(subject)?.[1] ?? sourceOf(parts)
  return { foundBy: 'jmrp', complaint: { type: 'abuse', reporter: 'JMRP', sourceIp }, addresses: complainants(parts) }
}

const HOTMAIL_RECIPIENT = 'x-hmxmroriginalrecipient'
const sourceOf = ({ returned }: ReportParts): string | null =>
  returned.map((mail) => lastHeader(mail, 'x-originating-ip') ?? lastHeader(mail, 'x-sid-pra')).find(Boolean) ?? null

/** Providers without the format attach the mail and say what it is. */
function byText(parts: ReportParts): FoundComplaint | undefined {
  const subject = decodeWords(lastHeader(parts.headers, 'subject') ?? '')
  const said =
    /this is an? (?:automated )?(?:e-?mail )?(?:abuse|spam|complaint|feedback) report|(?:user|recipient|subscriber|customer|member)s? (?:has |have )?(?:complained|(?:marked|reported|flagged|identified) (?:this|the|your) (?:message|mail|e-?mail) as (?:spam|junk|unwanted|abuse))|(?:reported|marked|flagged) as (?:spam|junk) by (?:one of )?(?:our|a|the) (?:user|recipient|customer|subscriber)/i
  const titled =
    /\b(?:abuse|spam|complaint|feedback(?: loop)?|fbl)[ -]?(?:report|notification|complaint|message)\b|^complaint (?:about|regarding)|\bemail feedback report\b/i
  if (parts.returned.length === 0 || !said.test(parts.text) || /^(?:re|fwd?):/i.test(subject)) return undefined
  if (
    !titled.test(subject) &&
    !/(?:abuse|fbl|feedback|complaint|staff|postmaster|noreply|scomp)[\w.-]{0,30}@/i.test(lastHeader(parts.headers, 'from') ?? '')
  )
    return undefined
  const sourceIp = /(?:ip|from)\b.{0,20}?\[?((?:\d{1,3}\.){3}\d{1,3})/i.exec(parts.text)?.[1] ?? null
  return { foundBy: 'text', complaint: { type: 'abuse', reporter: null, sourceIp }, addresses: complainants(parts) }
}

/** Who got the mail, from its own headers. Providers often black it out: then nobody is named. */
function complainants({ returned }: ReportParts): string[] {
  const first = (names: readonly string[]) => returned.flatMap((mail) => addressesIn(valuesOf(mail, names)))
  return firstOf(first([HOTMAIL_RECIPIENT]), () =>
    firstOf(first(['x-original-to', 'delivered-to', 'x-rcpt-to', 'envelope-to']), () => first(['to'])),
  )
}

const valuesOf = (mail: readonly Header[], names: readonly string[]): string[] =>
  mail.filter(({ name }) => names.includes(name)).map(({ value }) => value)

const ADDRESSES_MAX = 20
const REDACTED = /redacted|undisclosed|^(?:x+|\*+|\[.*\]|-+)@|@(?:x+|\*+)$|hidden|unknown@/i

const addressesIn = (values: readonly string[]): string[] => {
  const all = values.flatMap((value) => parseAddressList(withoutType(value).slice(0, 4_000)).map(({ address }) => address))
  return [...new Set(all.filter((address) => address.includes('@') && !REDACTED.test(address)))].slice(0, ADDRESSES_MAX)
}

const firstOf = (found: string[], otherwise: () => string[]): string[] => (found.length > 0 ? found : otherwise())
