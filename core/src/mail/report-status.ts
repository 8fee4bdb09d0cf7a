/** Reads the machine-readable part of a report, which goes before all words. RFC 3464, RFC 8098 */

import { normaliseAddress } from '../domain/address.ts'
import type { ReportKind } from '../domain/report-kind.ts'
import { parseAddressList } from './addresses.ts'
import { lastHeader } from './headers.ts'
import type { Reported, ReportedRecipient } from './report.ts'
import { type Fields, field, parseFieldBlocks, withoutType } from './report-fields.ts'
import { contextOf, judge } from './report-judge.ts'
import { isAutomatic } from './report-kind.ts'
import type { ReportParts } from './report-parts.ts'
import { findDiagnostic, findRecipients, othersOf } from './report-recipients.ts'
import { CHALLENGE, CHALLENGE_SUBJECT, DELAY_TEXT } from './report-words.ts'

/** RFC 3464 §2.3.3 */
export function readStatus(parts: ReportParts): Reported | undefined {
  if (parts.disposition) return readDisposition(parts.disposition, parts)
  const groups = statusGroups(parts)
  if (groups.length === 0) return undefined
  const foundBy = 'delivery_status'
  const subject = lastHeader(parts.headers, 'subject') ?? ''
  if ((CHALLENGE_SUBJECT.test(subject) || /^re:/i.test(subject)) && CHALLENGE.test(parts.text))
    return { kind: 'challenge', foundBy, recipients: [] }
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

/** RFC 3464 §2.3.3 */
const KNOWN_ACTIONS = ['delayed', 'delivered', 'relayed', 'expanded']

/** A filter that refuses by such a notice has refused; one that tells of reading has not. RFC 8098 §3.2.6, RFC 5429 §2.2.1 */
function readDisposition(disposition: Fields, parts: ReportParts): Reported {
  const foundBy = 'disposition'
  const refused = /automatic-action/i.test(field(disposition, 'disposition') ?? '') && REFUSED.test(parts.text)
  if (!refused) return { kind: 'auto_reply', foundBy, recipients: [] }
  return { kind: 'bounce', foundBy, recipients: recipientsOf([disposition], parts, 'bounce') }
}

const REFUSED = /(?:was|has been) (?:automatically )?(?:rejected|refused)/i

/** `delayed` by its name, by its code, or by what the text says when the writer forgot to name it. */
function actionOf(group: Fields, { text }: ReportParts): string {
  const action = /^[a-z]+/.exec(field(group, 'action')?.toLowerCase() ?? '')?.[0]
  if (action === 'deferred') return 'delayed'
  if (action) return KNOWN_ACTIONS.includes(action) ? action : 'failed' // `error`, `failure`
  const status = field(group, 'status') ?? ''
  if (status.startsWith('2')) return 'delivered'
  return status.startsWith('4') && DELAY_TEXT.test(text) ? 'delayed' : 'failed'
}

function recipientsOf(groups: readonly Fields[], parts: ReportParts, kind: ReportKind): ReportedRecipient[] {
  const told = findRecipients(parts.text, othersOf(parts))
  const general = findDiagnostic(parts.text)
  const context = contextOf(parts.text)
  return groups.map((group) => {
    const address = addressIn(field(group, 'original-recipient')) ?? addressIn(field(group, 'final-recipient')) ?? told[0]?.address ?? ''
    const given = field(group, 'diagnostic-code') ?? wordsOf(field(group, 'status'))
    const worded = told.find((one) => normaliseAddress(one.address) === normaliseAddress(address))?.diagnostic
    const diagnostic = given ? withoutType(given) : (worded ?? general)
    return judge({ address, status: statusCode(field(group, 'status')), diagnostic, context, kind })
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

/** `5.0.0 (over its quota)`, `553 Too large`: what some write instead of a diagnostic. */
const wordsOf = (status: string | undefined): string | undefined =>
  /\(([^()]{8,400})\)/.exec(status ?? '')?.[1] ?? /^[45]\d\d \S.{4,400}$/.exec(status ?? '')?.[0]

const statusCode = (value: string | undefined): string | null => /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(value ?? '')?.[1] ?? null
