/** HTTP headers as a history keeps them: not endless, and without what would let a reader pass for somebody else. */

export type KeptHeader = readonly [name: string, value: string]

const HEADERS_MAX = 40
const NAME_MAX = 100
const VALUE_MAX = 300
const SECRET = /auth(?!enticate)|cookie|password|secret|token|(api|access|private)-?key|credential|session/i
/** The beginning is enough to compare it with what a receiver has logged. */
const SIGNATURE = /signature(-256)?$/i
const SIGNATURE_SHOWN = 12

/** @param raw names and values in turn, as they came */
export function keptHeaders(raw: readonly string[]): KeptHeader[] {
  const kept: KeptHeader[] = []
  for (let n = 0; n + 1 < raw.length && kept.length < HEADERS_MAX; n += 2) {
    const [name = '', value = ''] = raw.slice(n, n + 2)
    kept.push([cut(name, NAME_MAX), shown(name, value)])
  }
  return kept
}

function shown(name: string, value: string): string {
  if (SECRET.test(name)) return '[redacted]'
  return cut(value, SIGNATURE.test(name) ? SIGNATURE_SHOWN : VALUE_MAX)
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text)
