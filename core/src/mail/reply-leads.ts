/** Where a quoted mail begins, in the words of mail programs in many languages. Line by line, so that the time it takes follows the length. */

const LINE_LENGTH_MAX = 300

/** "… wrote:" */
const VERBS =
  /(?:wrote|schrieb|écrit|escribió|ha scritto|escreveu|schreef|pisze|napisał(?:\(a\))?|napsal|skrev|kirjoitti|пишет|写道|작성|yazdı)(?=[\s:：]|.{0,80}[:：]$)/

/** The header block of a quoted mail: its first line, and the one below it. */
const FROM = /^(?:From|Von|De|Da|Van|Från|Fra|Od|От)\s?:/
const SENT = /^(?:Sent|Date|Gesendet|Datum|Envoyé|Enviad[oa]|Inviato|Verzonden|Skickat|Sendt|Wysłano|Отправлено)[^:]{0,12}:/

const DEVICE =
  /^(?:Sent from my|Get Outlook for|Von meinem .{1,40} gesendet|Gesendet von|Envoyé (?:de|depuis)|Enviado desde|Inviato da|Verstuurd vanaf|Verzonden vanaf|Skickat från|Sendt fra)/
const ORIGINAL = /^-{3,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Oprindelig besked) ?-{3,}$/i

/** Without quoting, and without the stars of names that were bold. */
function bare(line: string | undefined): string {
  const text = (line ?? '')
    .slice(0, LINE_LENGTH_MAX + 1)
    .replace(/^[>\s]+/, '')
    .trimEnd()
  return text.startsWith('*') ? text.replace(/^\*(\p{L}{2,12}\s?:)\*/u, '$1') : text
}
const isQuoted = (line: string): boolean => line.startsWith('>') || line.trim() === ''

/** As Gmail began quotations once: `2026/3/2 Shop <orders@shop.example>` */
const DATE_AND_SENDER = /^\d{4}[/-]\d{1,2}[/-]\d{1,2} .{0,100}<[^<>@\s]{1,64}@[^<>\s]{1,200}>:?$/

function isLead(text: string): boolean {
  if (DATE_AND_SENDER.test(text)) return true
  if (text.length > LINE_LENGTH_MAX || !/[:：]$/.test(text) || !/\d/.test(text)) return false
  return VERBS.test(text) || (/<[^<>@\s]{1,64}@[^<>\s]{1,200}>/.test(text) && /\d[:.]\d\d/.test(text))
}

/** The sender may take two lines. */
function beginsHeaders(here: string, below: string, next: string): boolean {
  if (FROM.test(here)) return SENT.test(below) || (below.includes('@') && SENT.test(next))
  return SENT.test(here) && (FROM.test(below) || /^To:.*@/.test(below))
}

/** What was written on the line where the quotation begins; nothing when it begins the line. */
const answerOn = (line: string): string => /^(?!On\b)(.{1,200}?)(?:\s|-{2,4} ?)On (?=[A-Z][a-z]{2}\b|\d)/.exec(line)?.[1] ?? ''

/** @returns how many lines the beginning of a quotation takes; 0 where none begins. */
function leadAt(lines: readonly string[], index: number): number {
  const [here, below] = [bare(lines[index]), bare(lines[index + 1])]
  if (here === '') return 0
  if (isLead(here) || DEVICE.test(here) || ORIGINAL.test(here)) return 1
  if (beginsHeaders(here, below, bare(lines[index + 2]))) return 2
  // A line that is a lead by itself has nothing to do with the one above it, which may be all of the answer.
  const continues = !isLead(below) || /^<?\S{1,64}@/.test(below)
  return continues && !/[.!?:]$/.test(here) && isLead(`${here} ${below}`) ? 2 : 0
}

/** Undefined when somebody does not answer below what he quotes. */
export function answerBelow(text: string): { readonly text: string; readonly cut: string } | undefined {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.trim() !== '')
  const length = first < 0 ? 0 : leadAt(lines, first)
  if (length === 0 || DEVICE.test(bare(lines[first]))) return undefined
  const end = lines.findIndex((line, index) => index >= first + length && !isQuoted(line))
  const quoted = lines.slice(first + length, end).some((line) => line.startsWith('>'))
  return end < 0 || !quoted ? undefined : { text: lines.slice(end).join('\n'), cut: lines.slice(0, end).join('\n') }
}

/** What stands below the answer: from the line where a quotation begins, and quoted lines at the end of a mail that was cut already. */
export function cutBelow(text: string, { cutBefore }: { cutBefore: boolean }): { readonly text: string; readonly cut: string } {
  const lines = text.split('\n')
  const lead = lines.findIndex((_, index) => leadAt(lines, index) > 0)
  let end = lead < 0 ? lines.length : lead
  if (lead >= 0 || cutBefore) while (end > 0 && isQuoted(lines[end - 1] ?? '')) end -= 1
  const beside = lead < 0 ? '' : answerOn(bare(lines[lead]))
  return {
    text: [...lines.slice(0, end), ...(beside === '' ? [] : [beside.replace(/-+$/, '')])].join('\n'),
    cut: lines.slice(end).join('\n'),
  }
}
