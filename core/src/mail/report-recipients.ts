/** Finds in a bounce's text whom it could not reach, and what was said about it. */
import { parseAddressList } from './addresses.ts'
import { lastHeader } from './headers.ts'
import type { ReportParts } from './report-parts.ts'
import { BOUNCE_TEXT, CHALLENGE, COPIED_FIELDS, COPY_BEGINS, DELAY_TEXT, SMTP_REPLY } from './report-words.ts'

export type FoundRecipient = { readonly address: string; readonly diagnostic: string | null }

const RECIPIENTS_MAX = 50
const DIAGNOSTIC_MAX = 1_000
const LINE_MAX = 2_000

/** Plain, in angle brackets, with a scheme in front (`SMTP:ana@…`, `mailto:`). The longest local part has 64 characters. */
const ADDRESS = String.raw`[^\s<>"'(),:;@\[\]=]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,62})\.){1,8}[\p{L}\p{N}-]{2,63}`
const ANY_ADDRESS = new RegExp(ADDRESS, 'gu')

/** A line that is about one address and nothing else, as nearly all mail servers write it. */
const ALONE = new RegExp(
  String.raw`^[\s>*|-]{0,20}(?:(?:To|(?:Intended )?Recipients?(?: address)?|Final[ -]Recipient|Original[ -](?:Recipient|address)|Failed Recipients?|Failed address(?:es)?|Address|User|Mailbox|E-?mail(?: address)?|Rcpt|RCPT TO|Addressee|Empfänger|An|Destinataires?|Destinatari[oa]s?|Para|Ontvangers?|Aan|Mottagare|Modtager|Odbiorca|Получатель|Кому|宛先|收件人|받는 사람|Alıcı)(?:\s*[:：=]\s*|\s+)(?:rfc822;|smtp;|RFC-822;)?\s*)?(?:"[^"]{0,100}"\s{1,3}(?=<)|[\w=; :]{0,120}SMTP=)?["']?(?:\[?(?:smtp|mailto|rfc822)[:;])?\s*<?(?<address>${ADDRESS})>?\]?["']?(?:\s*\((?:expanded from|generated from|was|reason|ultimately generated from)[^)]{0,300}\)?|<mailto:[^>]{0,300}>)?\s*(?:[:;,.]?\s*$|[:：]\s*(?<said>\S.{0,900})$|\s*[([](?<why>.{1,400})[)\]]\s*$|;?\s+(?:on|because|failed|was|\.\.\.|-|—)\s*(?<rest>.{0,600})$)`,
  'iu',
)

/** An address in a sentence, after the words that lead to it. */
const LED_TO = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:to|for|address|recipients?|mailbox|user|account|an|à|a|für|reach|contact|destinatario|adresse|para|aan)(?:\s{1,3}|\s{0,3}[:(]\s{0,3})["'<\[]{0,3}(?:mailto:|smtp:)?(?<address>${ADDRESS})`,
  'giu',
)

/** Lines about others than the recipient. */
const ABOUT_OTHERS =
  /^[\s>]{0,10}(?:from|sender|reply-to|return-path|message-?id|x-[\w-]{1,40}|received|cc|in-reply-to|references|mail from|de|von|absender|expéditeur|remitente|mittente|reporting-mta|dkim-signature|date|subject)\s?:|^from\s+<?[^\s@]{1,64}@\S{1,200}\s*$|(?:contact|forward|e-?mail|write to|mail to|report|assist|help|support|complain|please|send).{0,80}(?:postmaster|mailmaster|abuse|admin|support|helpdesk|hostmaster)|MAIL FROM|\binstead\b/i

/** Addresses above it are those of the mail, not of the failure. */
const HEADING =
  /(?:did not|didn't|could not|couldn't|cannot|was not|were not|not)\b.{0,40}(?:reach|deliver|receive|sent)\w{0,3}\b.{0,40}(?:following|these|to|recipients?(?:\(s\))?)\s?:\s*$|(?:following|these|failed|undeliverable|rejected) (?:recipient|address|destination|user)(?:\(e?s\)|e?s)?\b.{0,150}(?::|-{2,})\s*$/i

const NOBODY = /^(?:mailer-daemon|postmaster|abuse|support|helpdesk|hostmaster|no-?reply|mail-daemon)@/i

/** The part of a text that speaks, without the copy of the original behind it. Fields in front of all words only say which mail it is about. */
export function spoken(text: string): string {
  const copies = [COPY_BEGINS.exec(text)?.index ?? -1, fieldsAfterWords(text)].filter((index) => index > 40)
  return copies.length > 0 ? text.slice(0, Math.min(...copies)) : text
}

function fieldsAfterWords(text: string): number {
  const said = Math.min(...[BOUNCE_TEXT, DELAY_TEXT, CHALLENGE].map((pattern) => pattern.exec(text)?.index ?? text.length))
  const from = said < text.length ? said : 0
  const fields = COPIED_FIELDS.exec(text.slice(from))
  return fields ? from + fields.index : -1
}

/** Addresses in a bounce that are not the recipient: those that it is from and to. */
export function othersOf({ headers }: ReportParts): Set<string> {
  const names = ['from', 'to', 'reply-to', 'sender', 'delivered-to', 'return-path', 'x-original-to', 'errors-to', 'cc']
  const fields = headers.filter(({ name }) => names.includes(name)).slice(0, 50)
  return new Set(fields.flatMap(({ value }) => parseAddressList(value.slice(0, 2_000)).map(({ address }) => address.toLowerCase())))
}

export function findRecipients(text: string, others: ReadonlySet<string>): FoundRecipient[] {
  const lines = spoken(text)
    .split('\n')
    .map((line) => line.slice(0, LINE_MAX))
  const alone = lines.flatMap((line, index) => standingAlone(line, index, lines).map((recipient) => ({ index, recipient })))
  const heading = lines.findIndex((line) => HEADING.test(line))
  const below = alone.filter(({ index }) => index >= heading)
  const named = [below, alone].find(({ length }) => length > 0)?.flatMap(({ recipient }) => [recipient, ...expandedFrom(recipient)])
  const found = named ?? inSentences(lines)
  const seen = new Map<string, FoundRecipient>()
  for (const recipient of found) {
    const key = recipient.address.toLowerCase()
    if (!seen.has(key) && !others.has(key) && !NOBODY.test(key) && seen.size < RECIPIENTS_MAX) seen.set(key, recipient)
  }
  return [...seen.values()]
}

/** Names without a domain under a heading: those of the domain that writes. */
export function findNamesOnly({ headers, text }: ReportParts): FoundRecipient[] {
  const lines = spoken(text).split('\n')
  const domain = parseAddressList(lastHeader(headers, 'from')?.slice(0, 2_000) ?? '')[0]?.address.split('@')[1]
  const heading = lines.findIndex((line) => HEADING.test(line.slice(0, LINE_MAX)))
  if (!domain || heading < 0) return []
  const names = lines.slice(heading + 1, heading + 1 + RECIPIENTS_MAX).map((line) => /^\s{1,20}([\w.+-]{2,64})\s*$/.exec(line)?.[1])
  return names.filter((name) => name !== undefined).map((name) => ({ address: `${name}@${domain}`, diagnostic: null }))
}

function standingAlone(line: string, index: number, lines: readonly string[]): FoundRecipient[] {
  if (!line.includes('@') || ABOUT_OTHERS.test(line)) return []
  const groups = ALONE.exec(line)?.groups
  if (!groups?.address) return []
  const beside = groups.said ?? groups.why ?? groups.rest ?? ''
  const below = following(lines, index)
  return [{ address: trimmed(groups.address), diagnostic: cut(`${beside} ${below}`.trim()) || null }]
}

/** The address that the mail was sent to, when the one that failed stands behind an alias. */
function expandedFrom({ diagnostic }: FoundRecipient): FoundRecipient[] {
  const address = EXPANDED_FROM.exec(diagnostic ?? '')?.groups?.address
  return address === undefined ? [] : [{ address: trimmed(address), diagnostic }]
}

const EXPANDED_FROM = new RegExp(String.raw`expanded from:?\s{1,3}<?(?<address>${ADDRESS})`, 'iu')

/** What stands under an address until the next one or a blank line that ends the matter. */
function following(lines: readonly string[], index: number): string {
  const taken: string[] = []
  for (const line of lines.slice(index + 1, index + 12)) {
    const blank = line.trim() === ''
    if (blank && taken.length > 0 && !/[:：]$/.test(taken.at(-1) ?? '')) break
    if (ALONE.test(line) || ABOUT_OTHERS.test(line) || HEADING.test(line) || /^\s*[-=*]{3,}/.test(line)) break
    if (!blank) taken.push(line.trim())
  }
  return taken.join(' ')
}

function inSentences(lines: readonly string[]): FoundRecipient[] {
  const plain = lines.filter((line) => line.includes('@') && !ABOUT_OTHERS.test(line))
  const inEach = (find: (line: string) => string[]) =>
    plain.flatMap((line) => find(line).map((address) => ({ address: trimmed(address), diagnostic: cut(line.trim()) })))
  const led = inEach((line) => [...line.matchAll(LED_TO)].map((match) => match.groups?.address ?? ''))
  if (led.length > 0) return led
  const any = inEach((line) => line.match(ANY_ADDRESS) ?? [])
  return new Set(any.map(({ address }) => address.toLowerCase())).size === 1 ? any : [] // of several, nobody says which
}

const trimmed = (address: string): string => address.replace(/[.\-_>]+$/, '')
const cut = (text: string): string => text.slice(0, DIAGNOSTIC_MAX)

/** The line that quotes the refusing server, else the one that gives a reason. */
export function findDiagnostic(text: string): string | null {
  const lines = spoken(text).split('\n')
  const quoted = lines.findIndex(
    (line) => SMTP_REPLY.test(line.slice(0, LINE_MAX)) && !/^\s*(?:received|date|subject|message-id)\s*:/i.test(line),
  )
  if (quoted >= 0) return cut(paragraphFrom(lines, quoted)) || null
  const reason = lines.findIndex((line) =>
    /\b(?:reason|because|error|diagnostic|grund|fehler|raison|erreur|motivo|razón|errore|причина|理由|原因|explanation)\b.{0,30}[:：]/i.test(
      line,
    ),
  )
  if (reason >= 0) return cut(paragraphFrom(lines, reason)) || null
  return null
}

function paragraphFrom(lines: readonly string[], start: number): string {
  const rest = lines.slice(start, start + 8)
  const end = rest.findIndex((line, index) => index > 0 && line.trim() === '')
  const paragraph = rest.slice(0, end < 0 ? rest.length : end)
  // A heading such as `Reason:` stands above its blank line
  const more = end === 1 && /[:：]\s*$/.test(rest[0] ?? '') ? rest.slice(2, 6) : []
  return [...paragraph, ...more]
    .map((line) => line.trim())
    .join(' ')
    .trim()
}

/** The codes in a diagnostic. */
export function codesIn(text: string | null): { code: number | null; enhanced: string | null } {
  if (text === null) return { code: null, enhanced: null }
  const code = /(?:^|[^\d.])([45]\d\d)(?=[ \-#(:]|$)/.exec(text)?.[1]
  const enhanced = /(?:^|[^\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/.exec(text)?.[1] ?? null
  return { code: code === undefined ? null : Number(code), enhanced }
}
