/**
 * The language of `test/dialogues/*.smtp`: what a client says and what the server must answer, one per line.
 *
 *     # a comment
 *     C: EHLO client.test        sent with CRLF; C lines that follow each other go out in one packet, as by PIPELINING
 *     C> RCPT TO:<a              sent as it stands, without CRLF
 *     S: 250 2.1.5 *             the whole line must be this; * stands for anything
 *     S: /25[01] .+/             or must match a regular expression
 *     S* 250-*                   any number of such lines, also none
 *     TLS                        upgrades the connection, after STARTTLS
 *     EOF                        the server must hang up here
 *
 * `\r \n \t \0 \\ \xNN` in C lines are those bytes. `${name}` in any line is a value that the test gives.
 */

export type Instruction = { readonly at: number } & (
  | { readonly kind: 'say'; readonly text: string; readonly lineEnd: boolean }
  | { readonly kind: 'hear'; readonly pattern: string; readonly many: boolean }
  | { readonly kind: 'tls' | 'eof' }
)

/** @throws Error that names the first line which is none of the above. */
export function parseDialogue(text: string): Instruction[] {
  return text.split('\n').flatMap((line, index) => parseLine(line.replace(/\r$/, ''), index + 1))
}

function parseLine(line: string, at: number): Instruction[] {
  if (/^\s*(#|$)/.test(line)) return []
  if (line.trim() === 'TLS') return [{ at, kind: 'tls' }]
  if (line.trim() === 'EOF') return [{ at, kind: 'eof' }]
  const [, mark, text = ''] = /^(C:|C>|S:|S\*)(?: (.*))?$/.exec(line) ?? []
  if (!mark) throw new Error(`line ${at} is no instruction: ${line}`)
  if (mark.startsWith('C')) return [{ at, kind: 'say', text, lineEnd: mark === 'C:' }]
  return [{ at, kind: 'hear', pattern: text, many: mark === 'S*' }]
}

/** A value, or how to make one from the server's last line, as CRAM-MD5 needs. */
export type Values = Readonly<Record<string, string | ((lastLine: string) => string)>>

export function fillIn(text: string, values: Values, lastLine: string): string {
  return text.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the test gives no value for ${whole}`)
    return typeof value === 'string' ? value : value(lastLine)
  })
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' }

/** The bytes of a C line. What is not escaped goes out as UTF-8. */
export function bytesOf(text: string): Buffer {
  const parts = text.split(/(\\x[0-9a-fA-F]{2}|\\[rnt0\\])/)
  return Buffer.concat(parts.map((part, n) => (n % 2 === 0 ? Buffer.from(part) : escaped(part))))
}

const escaped = (part: string): Buffer =>
  part.startsWith('\\x') ? Buffer.from(part.slice(2), 'hex') : Buffer.from(ESCAPES[part.slice(1)] ?? part)

export function matches(line: string, pattern: string): boolean {
  const regular = /^\/(.*)\/$/.exec(pattern)?.[1]
  const source = regular ?? pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^(?:${source})$`, 's').test(line)
}
