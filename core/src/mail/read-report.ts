/** Reads a mail as a report about another mail. Pure, bounded, and never fails, whatever the mail holds. */

import { normaliseAddress } from '../domain/address.ts'
import type { ReportKind } from '../domain/report-kind.ts'
import type { ReplyClass } from '../domain/smtp-reply-class.ts'
import { parseAddressList } from './addresses.ts'
import { classifyBounce, isPermanentClass, isPersonalClass } from './bounce-class.ts'
import { readComplaint } from './complaint.ts'
import { lastHeader } from './headers.ts'
import type { FoundBy, MailReport, ReportEnvelope, ReportedRecipient } from './report.ts'
import { type Fields, field, parseFieldBlocks, withoutType } from './report-fields.ts'
import { isAutomatic, kindByWords } from './report-kind.ts'
import { type ReportParts, readParts } from './report-parts.ts'
import { codesIn, type FoundRecipient, findDiagnostic, findRecipients, spoken } from './report-recipients.ts'
import { findTraces } from './report-traces.ts'
import { CHALLENGE, CHALLENGE_SUBJECT, DELAY_TEXT } from './report-words.ts'

export function readReport(raw: Buffer, envelope: ReportEnvelope = {}): MailReport {
  const parts = readParts(raw)
  const original = findTraces(raw, parts, envelope)
  const none = { class: null, permanent: false, status: null, diagnostic: null, complaint: null, original }
  const complained = readComplaint(parts)
  if (complained) {
    const { foundBy, complaint, addresses } = complained
    return { ...none, kind: 'complaint', foundBy, complaint, recipients: addresses.map(aboutNobody) }
  }
  const reported = readStatus(parts) ?? readWords(parts, envelope)
  if (reported.kind !== 'bounce' && reported.kind !== 'delay') return { ...none, ...reported, recipients: [] }
  const [first] = reported.recipients
  return {
    ...reported,
    recipients: reported.recipients.filter(({ address }) => address !== ''),
    class: first?.class ?? 'other_permanent',
    permanent: first?.permanent ?? false,
    status: first?.status ?? null,
    diagnostic: first?.diagnostic ?? null,
    complaint: null,
    original,
  }
}

const aboutNobody = (address: string): ReportedRecipient => ({
  address,
  status: null,
  diagnostic: null,
  class: 'other_permanent',
  permanent: false,
  personal: false,
})

type Reported = { readonly kind: ReportKind; readonly foundBy: FoundBy; readonly recipients: readonly ReportedRecipient[] }

/** The machine-readable part, which goes before all words. RFC 3464 §2.3.3 */
function readStatus(parts: ReportParts): Reported | undefined {
  if (parts.disposition) return { kind: 'auto_reply', foundBy: 'disposition', recipients: [] }
  const groups = statusGroups(parts)
  if (groups.length === 0) return undefined
  const foundBy = 'delivery_status'
  const subject = lastHeader(parts.headers, 'subject') ?? ''
  if (CHALLENGE_SUBJECT.test(subject) && CHALLENGE.test(parts.text)) return { kind: 'challenge', foundBy, recipients: [] }
  const actions = groups.map((group) => actionOf(group, parts))
  const failed = groups.filter((_, index) => actions[index] === 'failed')
  if (failed.length > 0) return { kind: 'bounce', foundBy, recipients: recipientsOf(failed, parts, 'bounce') }
  const delayed = groups.filter((_, index) => actions[index] === 'delayed')
  if (delayed.length > 0) return { kind: 'delay', foundBy, recipients: recipientsOf(delayed, parts, 'delay') }
  return { kind: 'auto_reply', foundBy, recipients: [] } // it tells of success
}

const speaksOfRecipient = (group: Fields): boolean =>
  (group.has('final-recipient') || group.has('original-recipient') || group.has('action')) &&
  (group.has('status') || group.has('action') || group.has('diagnostic-code'))

/** Gateways flatten the part into the text: then it counts only in an automatic mail, since people quote bounces too. */
function statusGroups(parts: ReportParts): Fields[] {
  const groups = parts.deliveryStatus.filter(speaksOfRecipient)
  if (groups.length > 0 || !isAutomatic(parts)) return groups
  const at = /^(?:Reporting-MTA|Original-Recipient|Final-Recipient):/im.exec(parts.text)?.index
  return at === undefined
    ? []
    : parseFieldBlocks(parts.text.slice(at)).filter((group) => group.has('final-recipient') && speaksOfRecipient(group))
}

/** `delayed` by its name, by its code, or by what the text says when the writer forgot to name it. */
function actionOf(group: Fields, { text }: ReportParts): string {
  const action = /^[a-z]+/.exec(field(group, 'action')?.toLowerCase() ?? '')?.[0]
  if (action === 'deferred') return 'delayed'
  if (action) return action
  const status = field(group, 'status') ?? ''
  if (status.startsWith('2')) return 'delivered'
  return status.startsWith('4') && DELAY_TEXT.test(text) ? 'delayed' : 'failed'
}

function recipientsOf(groups: readonly Fields[], parts: ReportParts, kind: ReportKind): ReportedRecipient[] {
  const told = findRecipients(parts.text, othersOf(parts))
  return groups.map((group) => {
    const address = addressIn(field(group, 'original-recipient')) ?? addressIn(field(group, 'final-recipient')) ?? told[0]?.address ?? ''
    const given = field(group, 'diagnostic-code')
    const worded = told.find((one) => normaliseAddress(one.address) === normaliseAddress(address))?.diagnostic
    const diagnostic = given ? withoutType(given) : (worded ?? findDiagnostic(parts.text))
    return judge({ address, status: statusCode(field(group, 'status')), diagnostic, text: parts.text, kind })
  })
}

/** `rfc822;ana@client.test`, with or without brackets, comments and encoding. RFC 3464 §2.3.1, RFC 6533 §3 */
function addressIn(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const bare = withoutType(value)
    .replace(/^(?:smtp|mailto|rfc822)[:;]/i, '')
    .trim()
  const encoded = /^utf-?8\s*;/i.test(value) ? bare.replace(/\\x\{([0-9a-f]{1,6})\}/gi, (_, hex: string) => character(hex)) : bare
  const [found] = parseAddressList(encoded.replace(/\+xtext$/, ''))
  const address = (found?.address || encoded).replace(/^<|>$/g, '').trim()
  return address.includes('@') ? address : undefined
}

function character(hex: string): string {
  const point = Number.parseInt(hex, 16)
  return point <= 0x10_ffff ? String.fromCodePoint(point) : ''
}

const statusCode = (value: string | undefined): string | null => /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(value ?? '')?.[1] ?? null

/** Says nothing but temporary or permanent. */
const isVague = (status: string | null): boolean => status === null || /^[245]\.0\.0$/.test(status)

type Said = Pick<ReportedRecipient, 'address' | 'status' | 'diagnostic'> & { readonly text: string; readonly kind: ReportKind }

function judge({ address, status, diagnostic, text, kind }: Said): ReportedRecipient {
  const codes = codesIn(diagnostic)
  const enhanced = isVague(status) ? (codes.enhanced ?? status) : status
  const name = classOf({ code: codes.code, enhanced, diagnostic, text })
  const permanent =
    kind === 'bounce' && isPermanentClass(name, enhanced ?? (codes.code === null ? null : `${String(codes.code).charAt(0)}.0.0`))
  return { address, status: enhanced, diagnostic, class: name, permanent, personal: permanent && isPersonalClass(name, enhanced) }
}

type Saying = { readonly code: number | null; readonly enhanced: string | null; readonly diagnostic: string | null; readonly text: string }

/** The diagnostic first; where it says nothing that we know, the text around it. */
function classOf({ code, enhanced, diagnostic, text }: Saying): ReplyClass {
  const told = classifyBounce({ code, enhanced, text: diagnostic ?? '' })
  if (!['other_permanent', 'other_temporary', 'policy', 'server_unavailable', 'command_refused'].includes(told)) return told
  const wider = classifyBounce({ code: null, enhanced: null, text: spoken(text) })
  return wider === 'other_permanent' || (diagnostic !== null && told !== 'other_permanent' && told !== 'other_temporary') ? told : wider
}

/** Addresses in a bounce that are not the recipient: those that it is from and to. */
function othersOf({ headers }: ReportParts): Set<string> {
  const names = ['from', 'to', 'reply-to', 'sender', 'delivered-to', 'return-path', 'x-original-to', 'errors-to', 'cc']
  const fields = headers.filter(({ name }) => names.includes(name)).slice(0, 50)
  return new Set(fields.flatMap(({ value }) => parseAddressList(value.slice(0, 2_000)).map(({ address }) => address.toLowerCase())))
}

/** Without a machine-readable part: what kind it is by its words, and whom it speaks of. */
function readWords(parts: ReportParts, envelope: ReportEnvelope): Reported {
  const { kind, foundBy } = kindByWords(parts, envelope)
  if (kind !== 'bounce' && kind !== 'delay') return { kind, foundBy, recipients: [] }
  const named = failedRecipients(parts)
  const told = findRecipients(parts.text, othersOf(parts))
  const found = named.length > 0 ? named.map((address) => withWords(address, told)) : told.length > 0 ? told : originalRecipients(parts)
  const general = findDiagnostic(parts.text)
  const recipients = found.map(({ address, diagnostic }) =>
    judge({ address, status: null, diagnostic: sayingMore(diagnostic, general), text: parts.text, kind }),
  )
  const unnamed = judge({ address: '', status: null, diagnostic: general, text: parts.text, kind })
  return { kind, foundBy: named.length > 0 ? 'failed_recipients' : foundBy, recipients: recipients.length > 0 ? recipients : [unnamed] }
}

/** What stands under the address, unless a line elsewhere quotes the server and it does not. */
function sayingMore(own: string | null, general: string | null): string | null {
  if (own === null) return general
  return codesIn(own).code === null && codesIn(own).enhanced === null && general !== null && codesIn(general).code !== null ? general : own
}

const withWords = (address: string, told: readonly FoundRecipient[]): FoundRecipient => ({
  address,
  diagnostic: told.find((one) => normaliseAddress(one.address) === normaliseAddress(address))?.diagnostic ?? null,
})

/** Exim's and Gmail's field. */
const failedRecipients = ({ headers }: ReportParts): string[] =>
  headers
    .filter(({ name }) => name === 'x-failed-recipients')
    .flatMap(({ value }) => parseAddressList(value.slice(0, 10_000)).map(({ address }) => address))
    .filter((address) => address.includes('@'))
    .slice(0, 50)

/** Nobody named: if the mail that came along had one recipient, that is the one. */
function originalRecipients({ returned }: ReportParts): FoundRecipient[] {
  const addresses = returned.flatMap((headers) => parseAddressList(lastHeader(headers, 'to')?.slice(0, 2_000) ?? ''))
  const [only, another] = addresses
  return only && !another && only.address.includes('@') ? [{ address: only.address, diagnostic: null }] : []
}
