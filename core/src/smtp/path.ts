/** The argument of MAIL and RCPT: a path and its parameters. RFC 5321 §4.1.2, with Postal's leniency about brackets. */
import { splitAddress } from '../domain/address.ts'

export type Path = {
  /** Empty for `<>`. Source routes are left out. */
  readonly address: string
  readonly parameters: readonly Parameter[]
}

/** Names in capital letters; values as written. RFC 5321 §4.1.1.11 */
export type Parameter = { readonly name: string; readonly value: string | null }

/** The column's length; RFC 5321 §4.5.3.1.3 has 254, RFC 6531 lets octets grow. */
const ADDRESS_CHARACTERS_MAX = 320

/** Undefined when it is no path. `word` is what must stand before the colon: FROM or TO. */
export function parsePath(argument: string, word: 'FROM' | 'TO'): Path | 'no_word' | undefined {
  const match = /^([A-Za-z]+)[ \t]*:[ \t]*([\s\S]*)$/.exec(argument)
  if (match?.[1]?.toUpperCase() !== word) return 'no_word'
  const text = match[2] ?? ''
  const split = text.startsWith('<') ? splitBracketed(text) : splitBare(text)
  if (!split) return undefined
  const parameters = parseParameters(split.rest)
  return parameters && isAddressLike(split.address) ? { address: split.address, parameters } : undefined
}

type Split = { readonly address: string; readonly rest: string }

function splitBracketed(text: string): Split | undefined {
  const end = closingBracket(text)
  if (end === -1) return undefined
  const rest = text.slice(end + 1)
  if (rest !== '' && !/^[ \t]/.test(rest)) return undefined
  return { address: withoutSourceRoute(text.slice(1, end).trim()), rest }
}

/** A bracket inside a quoted local part does not close. */
function closingBracket(text: string): number {
  let quoted = false
  for (let at = 1; at < text.length; at += 1) {
    const character = text[at]
    if (quoted && character === '\\') at += 1
    else if (character === '"') quoted = !quoted
    else if (character === '>' && !quoted) return at
  }
  return -1
}

function splitBare(text: string): Split {
  const blank = text.search(/[ \t]/)
  return blank === -1 ? { address: text, rest: '' } : { address: text.slice(0, blank), rest: text.slice(blank) }
}

/** `@relay.example,@other.example:user@example.com` RFC 5321 Appendix C */
const withoutSourceRoute = (address: string): string => address.replace(/^@[^:"]*:/, '')

/** Neither brackets nor blanks outside quotes: what is stored goes out in a path again. */
function isAddressLike(address: string): boolean {
  if (address.length > ADDRESS_CHARACTERS_MAX) return false
  if (address === '') return true
  const parts = splitAddress(address)
  const local = parts ? parts.local : address
  const quoted = /^"(?:[^"\\]|\\.)*"$/.test(local)
  if (!quoted && /[\s<>"]/.test(local)) return false
  return parts === undefined || !/[\s<>"@]/.test(parts.domain)
}

function parseParameters(text: string): Parameter[] | undefined {
  const words = text.split(/[ \t]+/).filter(Boolean)
  const parameters: Parameter[] = []
  for (const word of words) {
    const match = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^= ]*(?:=[^ ]*)?))?$/.exec(word)
    if (!match?.[1]) return undefined
    const name = match[1].toUpperCase()
    if (parameters.some((known) => known.name === name)) return undefined
    parameters.push({ name, value: match[2] ?? null })
  }
  return parameters
}
