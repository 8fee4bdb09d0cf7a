/** Takes what was quoted and signed out of a reply, rule by rule as Postal's customers know it, then by what other languages write. */
import { answerBelow, cutBelow } from './reply-leads.ts'

export type Separated = { readonly text: string; readonly replies: string | null }

/** Bounded, because a mail may hold anything. */
const TEXT_LENGTH_MAX = 1024 * 1024

/** Each is applied in turn to what the ones before have left. All but the first and the last allow quoting in front. */
const RULES: readonly RegExp[] = [
  /^-{2,10} $.*/ms,
  /^[>\t ]*-----[ ]*Original Message[ ]*-----.*/ms,
  /^[>\t ]*From:[^\n]*\n[>\t ]*Sent:.*/ms,
  /^[>\t ]*From:[^\n]*\n[>\t ]*Date:.*/ms,
  /^[>\t ]*-----Urspr(?:ü|u|\ufffd|Ã¼|.)ngliche Nachricht----- .*/ms,
  /^[>\t ]*Le[^\n]{10,200}a [ée]crit[ \u00a0]?:[^\n]*/m,
  /^[>\t ]*_{18}.*/ms,
  /^[>\t ]*On\b(?:[^\n]|\n(?!\s*\n)){10,200}?wrote:.*/ms,
  /^[>\t ]*Sent from my.*/ms,
  /^[>\t ]*=== Please reply above this line ===.*/ms,
  /^(?:>[^\n]*(?:\n|$)){10,}/m,
]

/** The rules alone. `replies` holds what was cut, later cuts in front. A mail without text has an empty one and no replies. */
export function separateByRules(body: string | null): Separated {
  if (body === null || body === '') return { text: '', replies: null }
  let text = body.slice(0, TEXT_LENGTH_MAX).replaceAll('\r', '')
  let cut = ''
  for (const rule of RULES) {
    const found = rule.exec(text)
    if (!found) continue
    cut = found[0] + cut
    text = text.slice(0, found.index) + text.slice(found.index + found[0].length)
  }
  const replies = cut.trim()
  return { text: text.trim(), replies: replies === '' ? null : replies }
}

/** An answer below its quotation is found first, since the rules would take it for a part of that. */
export function separateReplies(body: string | null): Separated {
  if (body === null || body === '') return { text: '', replies: null }
  const below = answerBelow(body.slice(0, TEXT_LENGTH_MAX).replaceAll('\r', ''))
  const byRules = separateByRules(below?.text ?? body)
  const more = cutBelow(byRules.text, { cutBefore: byRules.replies !== null && below === undefined })
  const replies = [below?.cut, more.cut, byRules.replies]
    .map((part) => part?.trim())
    .filter(Boolean)
    .join('\n')
  return { text: more.text.trim(), replies: replies === '' ? null : replies }
}
