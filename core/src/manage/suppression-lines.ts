/** Lists of suppressions as text: `address,reason,end`, or just an address in each line. RFC 4180, without line breaks in fields. */
import { isDeliverable, normaliseAddress } from '../domain/address.ts'
import type { Suppression } from '../store/suppressions.ts'

/** A line is longer than any that could be meant. */
const LINE_CHARACTERS_MAX = 2_000
const REASON_MAX = 255

export type NumberedLine = { readonly number: number; readonly text: string; readonly tooLong: boolean }

/** Splits a stream into lines and never holds more than one: what is too long is cut and marked. */
export async function* linesOf(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<NumberedLine> {
  let rest = ''
  let number = 0
  let tooLong = false
  const line = (text: string): NumberedLine => {
    number += 1
    const made = { number, text: text.replace(/\r$/, '').replace(/^\ufeff/, ''), tooLong: tooLong || text.length > LINE_CHARACTERS_MAX }
    tooLong = false
    return made
  }
  for await (const chunk of chunks) {
    const [first = '', ...others] = chunk.split('\n')
    rest += first
    for (const next of others) {
      yield line(rest)
      rest = next
    }
    if (rest.length > LINE_CHARACTERS_MAX) {
      tooLong = true
      rest = rest.slice(0, LINE_CHARACTERS_MAX)
    }
  }
  if (rest !== '') yield line(rest)
}

export type ListedAddress = { readonly address: string; readonly reason: string | null; readonly keepUntil: Date | null | undefined }

/** Undefined for what is no entry: an empty line, a comment, the head. Otherwise the entry, or what is wrong with the line. */
export function readSuppressionLine({ number, text, tooLong }: NumberedLine): ListedAddress | string | undefined {
  if (tooLong) return 'is too long'
  if (text.trim() === '' || text.trimStart().startsWith('#')) return undefined
  const [given = '', reason = '', end = ''] = fieldsOf(text).map((field) => field.trim())
  if (number === 1 && /^(e-?mail|address|recipient)/i.test(given) && !given.includes('@')) return undefined
  const address = normaliseAddress(given)
  if (!isDeliverable(address)) return `has no mail address, but ${JSON.stringify(given.slice(0, 80))}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being refused
  if (reason.length > REASON_MAX || /[\u0000-\u001f\u007f]/.test(reason)) return 'has a reason that is too long or holds control characters'
  const keepUntil = end === '' ? undefined : end === 'never' ? null : new Date(end)
  if (keepUntil && Number.isNaN(keepUntil.getTime())) return `has no date, but ${JSON.stringify(end.slice(0, 40))}`
  return { address, reason: reason === '' ? null : reason, keepUntil }
}

/** A field in quotes may hold commas; the quotes of a quoted local part are doubled then. */
const fieldsOf = (text: string): string[] =>
  [...text.matchAll(/(?:^|[,;\t])\s*(?:"((?:[^"]|"")*)"\s*(?=$|[,;\t])|([^,;\t]*))/g)].map(
    ([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare,
  )

export const SUPPRESSION_HEAD = 'address,reason,keep_until,source,created_at'

/** As `readSuppressionLine` reads it; source and time are for people. */
export const suppressionLine = ({ address, reason, keepUntil, source, createdAt }: Suppression): string =>
  [address, reason, keepUntil?.toISOString() ?? 'never', source, createdAt.toISOString()].map(quoted).join(',')

const quoted = (field: string): string => (/[",;\t\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)
