/** Finds in HTML the links a reader can click and the place for the open pixel, by position, changing nothing. */
import { QuoteType, Tokenizer, type TokenizerCallbacks } from 'htmlparser2'
import { decodeText } from './charset.ts'
import { notrackSlots, type PartText, SLOTS_MAX, type Slot, toDestination, URL_LENGTH_MAX, withoutNotrack } from './rewrite-text.ts'

/** All slots of an HTML part in the order of the text. */
export function htmlSlots(part: PartText): Slot[] {
  const found = scan(new LinkReader(part), 0, part.view.length)
  const end = found.bodyEnd ?? visibleEnd(part.view)
  const pixel: Slot = { kind: 'pixel', start: end, end }
  return [...found.slots, ...notrackSlots(part.view), pixel].sort(inOrder)
}

/** In front of the white space at the end, so that the last line keeps its end. ASCII only: a byte of a character is no blank. */
function visibleEnd(view: string): number {
  let end = view.length
  while (end > 0 && ' \t\r\n'.includes(view.charAt(end - 1))) end--
  return end
}

/** A slot that encloses another comes first. */
export const inOrder = (one: Slot, other: Slot): number => one.start - other.start || other.end - one.end

type Found = { readonly slots: Slot[]; bodyEnd: number | undefined }

function scan(reader: LinkReader, from: number, to: number): Found {
  const tokenizer = new Tokenizer({ decodeEntities: true }, reader)
  tokenizer.write(reader.part.view.slice(from, to))
  tokenizer.end()
  return reader.found
}

/** Hears the tokens of one run of HTML. Positions it is told are relative to the run. */
class LinkReader implements TokenizerCallbacks {
  readonly found: Found = { slots: [], bodyEnd: undefined }
  readonly part: PartText
  private readonly comment: { readonly from: number } | undefined
  private readonly from: number
  private clickable = false
  private nameEnd = -1
  private value = ''

  constructor(part: PartText, comment?: { readonly from: number }) {
    this.part = part
    this.comment = comment
    this.from = comment?.from ?? 0
  }

  onopentagname(start: number, end: number): void {
    this.clickable = /^(a|area)$/i.test(this.at(start, end))
    this.nameEnd = -1
  }

  /** Of two attributes with one name the first counts: HTML Standard §13.2.5.33 */
  onattribname(start: number, end: number): void {
    this.value = ''
    const href = this.clickable && end - start === 4 && this.at(start, end).toLowerCase() === 'href'
    this.nameEnd = href ? this.from + end : -1
    if (href) this.clickable = false
  }

  onattribdata(start: number, end: number): void {
    if (this.nameEnd === -1 || this.value.length > URL_LENGTH_MAX) return
    const text = this.at(start, end)
    this.value += /[\x80-\xff]/.test(text) ? decodeText(Buffer.from(text, 'latin1'), this.part.charset) : text
  }

  onattribentity(codepoint: number): void {
    if (this.nameEnd !== -1) this.value += String.fromCodePoint(codepoint)
  }

  onattribend(quote: QuoteType, end: number): void {
    if (this.nameEnd === -1 || quote === QuoteType.NoValue) return
    const quoted = quote !== QuoteType.Unquoted
    const start = this.valueStart(this.nameEnd)
    // The tokenizer points behind the closing quote
    const slot = linkSlot(this.value, { start, end: this.from + (quoted ? end - 1 : end), quoted })
    const marked = slot?.kind === 'literal' && /\+notrack:/i.test(this.part.view.slice(slot.start, slot.end))
    if (slot && !marked && this.found.slots.length <= SLOTS_MAX) this.found.slots.push(slot)
    this.nameEnd = -1
  }

  onclosetag(start: number, end: number): void {
    // The tokenizer points at the name, behind `</`
    if (this.at(start, end).toLowerCase() === 'body') this.found.bodyEnd = this.from + start - 2
  }

  /** Outlook reads what stands in `<!--[if mso]>` comments; such a comment holds no other. */
  oncomment(start: number, end: number, endOffset: number): void {
    if (this.comment || this.at(start, start + 3).toLowerCase() !== '[if') return
    const inner = scan(new LinkReader(this.part, { from: start }), start, end - endOffset)
    for (const slot of inner.slots) this.found.slots.push(slot)
  }

  oncdata(): void {}
  ondeclaration(): void {}
  onend(): void {}
  onopentagend(): void {}
  onprocessinginstruction(): void {}
  onselfclosingtag(): void {}
  ontext(): void {}
  ontextentity(): void {}

  private at(start: number, end: number): string {
    return this.part.view.slice(this.from + start, this.from + end)
  }

  /** Behind the name come blanks, `=`, blanks and perhaps a quote. */
  private valueStart(nameEnd: number): number {
    const match = /^[ \t\r\n\f]*=[ \t\r\n\f]*["']?/.exec(this.part.view.slice(nameEnd, nameEnd + 1_000))
    return nameEnd + (match?.[0].length ?? 0)
  }
}

type Value = { readonly start: number; readonly end: number; readonly quoted: boolean }

/** A mark that is spelled out is cut out where it stands; one that is hidden behind an entity takes a new value. */
function linkSlot(value: string, { start, end, quoted }: Value): Slot | undefined {
  if (end <= start) return undefined
  if (/^\s*https?\+notrack:/i.test(value)) return { kind: 'literal', start, end, text: attribute(withoutNotrack(value.trim()), quoted) }
  const url = toDestination(value)
  return url === undefined ? undefined : { kind: 'link', start, end, url, form: quoted ? 'quoted' : 'unquoted' }
}

/** A value as it may stand in an attribute of either quote. */
export function attribute(text: string, quoted: boolean): string {
  const escaped = text.replace(/[&"'<>]/g, (character) => `&#${character.charCodeAt(0)};`)
  return quoted ? escaped : `"${escaped}"`
}
