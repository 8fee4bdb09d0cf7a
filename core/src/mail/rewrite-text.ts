/** Finds the web addresses in text: where each one ends, and which of them are not to be tracked. */
import { decodeText, encodedLength } from './charset.ts'

/** A place in a part where something may be put; positions count bytes of the decoded part. */
export type Slot =
  | { readonly kind: 'link'; readonly start: number; readonly end: number; readonly url: string; readonly form: LinkForm }
  | { readonly kind: 'literal'; readonly start: number; readonly end: number; readonly text: string }
  | { readonly kind: 'pixel'; readonly start: number; readonly end: number }

/** How a link is written at its place. */
export type LinkForm = 'text' | 'quoted' | 'unquoted'

/** The bytes of a decoded part with their view; see `asciiView`. */
export type PartText = { readonly bytes: Buffer; readonly view: string; readonly charset: string | undefined }

/** A part with more is not written for readers; we stop counting just above. */
export const SLOTS_MAX = 5_000

/** Longer ones are no addresses that a person follows. */
export const URL_LENGTH_MAX = 8_192

/** `https+notrack://` asks for a plain link; the mark itself never leaves, whether tracking is on or off. */
const NOTRACK = /(https?)\+notrack:\/\//gi
const URL_RUN = /(?<![A-Za-z0-9+])https?(?:\+notrack)?:\/\/[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%{}^]+/gi

export const withoutNotrack = (url: string): string => url.replace(NOTRACK, '$1://')

/** The marks to be cut out, wherever they stand. */
export function notrackSlots(view: string): Slot[] {
  const marks: Slot[] = []
  for (const match of view.matchAll(NOTRACK)) {
    if (marks.length > SLOTS_MAX) break
    const start = match.index + (match[1] ?? '').length
    marks.push({ kind: 'literal', start, end: start + '+notrack'.length, text: '' })
  }
  return marks
}

export function textLinkSlots(part: PartText): Slot[] {
  const slots: Slot[] = []
  for (const match of part.view.matchAll(URL_RUN)) {
    if (slots.length > SLOTS_MAX) break
    const run = match[0]
    if (/^https?\+/i.test(run) || run.length > URL_LENGTH_MAX) continue
    const tail = beyondAscii(part, match.index + run.length)
    const written = trimPunctuation(tail === undefined ? run : run + tail.text)
    const length = tail === undefined ? written.length : runLength({ run, written, start: match.index }, part)
    const url = toDestination(written)
    if (url === undefined || length === undefined) continue
    slots.push({ kind: 'link', start: match.index, end: match.index + length, url, form: 'text' })
  }
  return slots
}

type Written = { readonly run: string; readonly written: string; readonly start: number }

/**
 * Bytes that a written address takes: its ASCII run, then what follows in the charset of the part. Undefined when those bytes do not
 * read as what follows: the part is not in the charset that it declares, and the link is better left alone.
 */
function runLength({ run, written, start }: Written, { bytes, charset }: PartText): number | undefined {
  if (written.length <= run.length) return written.length
  const tail = written.slice(run.length)
  const length = encodedLength(tail, charset)
  const from = start + run.length
  if (length === undefined || from + length > bytes.length) return undefined
  return decodeText(bytes.subarray(from, from + length), charset) === tail ? run.length + length : undefined
}

const TAIL_MAX = 2_048
/** Scripts that are written without spaces: there an address ends where the words begin. */
const TAIL =
  /^(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}])[\p{L}\p{M}\p{N}])(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}])[\p{L}\p{M}\p{N}]|[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%{}^])*/u

/** An address may go on in letters beyond ASCII (RFC 3987): `https://example.com/über`. */
function beyondAscii({ bytes, view, charset }: PartText, at: number): { text: string } | undefined {
  if (at >= view.length || view.charCodeAt(at) < 0x80) return undefined
  const run = /^[^ \t\r\n\f<>"`|\\]*/.exec(view.slice(at, at + TAIL_MAX))?.[0] ?? ''
  const text = TAIL.exec(decodeText(bytes.subarray(at, at + run.length), charset))?.[0]
  return text === undefined ? undefined : { text }
}

const OPENERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

/** Punctuation at the end belongs to the sentence; a bracket does so unless the address itself opened it. */
function trimPunctuation(run: string): string {
  const surplus = new Map(Object.entries(OPENERS).map(([closer, opener]) => [closer, count(run, closer) - count(run, opener)]))
  let end = run.length
  for (; end > 0; end--) {
    const last = run.charAt(end - 1)
    const open = surplus.get(last)
    if (open === undefined ? !/[?!.,:;*_~'"]/.test(last) : open <= 0) break
    if (open !== undefined) surplus.set(last, open - 1)
  }
  return run.slice(0, end)
}

const count = (text: string, character: string): number => text.split(character).length - 1

/** ASCII that may stand in a URL as it is. */
const PLAIN = /^[\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x5f\x61-\x7e]+$/

/** The address that a click is to reach; undefined when it is none. Kept as written where it is plain ASCII. */
export function toDestination(written: string): string | undefined {
  // Browsers drop these before anything else: URL Standard §4.4
  const cleaned = withoutNotrack(written.replace(/[\t\r\n]/g, '').trim())
  if (cleaned.length > URL_LENGTH_MAX || !/^https?:\/\//i.test(cleaned)) return undefined
  if (PLAIN.test(cleaned)) return URL.canParse(cleaned) ? cleaned : undefined
  return URL.parse(cleaned)?.href
}
