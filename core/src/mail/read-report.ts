/** Reads a mail as a report about another mail. Pure, bounded, and never fails, whatever the mail holds. */

import { normaliseAddress } from '../domain/address.ts'
import { parseAddressList } from './addresses.ts'
import { readComplaint } from './complaint.ts'
import { lastHeader } from './headers.ts'
import type { MailReport, OriginalTraces, ReportEnvelope, Reported, ReportedRecipient } from './report.ts'
import { contextOf, judge } from './report-judge.ts'
import { isFromMailSystem, kindByWords } from './report-kind.ts'
import { type ReportParts, readParts } from './report-parts.ts'
import { codesIn, type FoundRecipient, findDiagnostic, findNamesOnly, findRecipients, othersOf } from './report-recipients.ts'
import { readStatus } from './report-status.ts'
import { findTraces } from './report-traces.ts'
import { BOUNCE_TEXT, SMTP_REPLY } from './report-words.ts'

export function readReport(raw: Buffer, envelope: ReportEnvelope = {}): MailReport {
  const parts = readParts(raw)
  const report = reportOf(raw, parts, envelope)
  if (!parts.enclosedReport || !isWrapping(parts)) return report
  const enclosed = reportOf(parts.enclosedReport, readParts(parts.enclosedReport), {})
  return { ...enclosed, original: both(enclosed.original, report.original) }
}

/** A filter has packed the report of another server into a mail that has no failure of its own to tell of. */
const isWrapping = (parts: ReportParts): boolean =>
  parts.deliveryStatus.length === 0 && isFromMailSystem(parts) && !BOUNCE_TEXT.test(parts.text) && !SMTP_REPLY.test(parts.text)

const both = (one: OriginalTraces, other: OriginalTraces): OriginalTraces => ({
  returnPaths: one.returnPaths.length > 0 ? one.returnPaths : other.returnPaths,
  tokens: [...new Set([...one.tokens, ...other.tokens])],
  messageIds: [...new Set([...one.messageIds, ...other.messageIds])],
})

function reportOf(raw: Buffer, parts: ReportParts, envelope: ReportEnvelope): MailReport {
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

/** Without a machine-readable part: what kind it is by its words, and whom it speaks of. */
function readWords(parts: ReportParts, envelope: ReportEnvelope): Reported {
  const { kind, foundBy } = kindByWords(parts, envelope)
  if (kind !== 'bounce' && kind !== 'delay') return { kind, foundBy, recipients: [] }
  const named = failedRecipients(parts)
  const others = othersOf(parts)
  const told = findRecipients(parts.text, others)
  const found =
    named.length > 0
      ? named.map((address) => withWords(address, told))
      : [told, findNamesOnly(parts), originalRecipients(parts, others)].find(({ length }) => length > 0)
  const general = findDiagnostic(parts.text)
  const context = contextOf(parts.text)
  const recipients = (found ?? []).map(({ address, diagnostic }) =>
    judge({ address, status: null, diagnostic: sayingMore(diagnostic, general), context, kind }),
  )
  const unnamed = judge({ address: '', status: null, diagnostic: general, context, kind })
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
function originalRecipients({ returned }: ReportParts, others: ReadonlySet<string>): FoundRecipient[] {
  const addresses = returned.flatMap((headers) => parseAddressList(lastHeader(headers, 'to')?.slice(0, 2_000) ?? ''))
  const [only, another] = addresses
  return only && !another && only.address.includes('@') && !others.has(only.address.toLowerCase())
    ? [{ address: only.address, diagnostic: null }]
    : []
}
