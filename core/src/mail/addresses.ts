/** Addresses and words as people wrote them in header fields. RFC 5322 §3.4, RFC 2047 */
import addressparser from 'nodemailer/lib/addressparser'
import { decodeWords as decodeRfc2047 } from 'postal-mime'

export type Address = {
  /** Decoded display name; empty when there is none. */
  readonly name: string
  /** The bare address; empty when the entry has none. */
  readonly address: string
}

/** Reads an address list: quoted names and local parts, comments, and groups, whose members are listed in place. */
export function parseAddressList(text: string): Address[] {
  const plain = PLAIN.exec(text)
  return plain ? [{ name: plain[1] ?? '', address: plain[2] ?? plain[3] ?? '' }] : parseAnyList(text)
}

/** One address, with or without a name of plain words, as most programs write it: nothing in it can be read in two ways. */
const PLAIN = /^(?:([A-Za-z0-9]+(?: [A-Za-z0-9]+)*) <([\w.+-]+@[A-Za-z0-9.-]+)>|([\w.+-]+@[A-Za-z0-9.-]+))$/

function parseAnyList(text: string): Address[] {
  return addressparser(text, { flatten: true }).map(({ name, address }) => ({ name: decodeWords(name), address }))
}

/** postal-mime joins words that follow each other, and takes the square of their number for it. */
const WORDS_MAX = 64 * 1024

/** Turns encoded words into text; whatever is no well-formed encoded word stays as it is, and so does what nobody would read to its end. */
export const decodeWords = (text: string): string =>
  text.includes('=?') ? decodeRfc2047(text.slice(0, WORDS_MAX)) + text.slice(WORDS_MAX) : text
