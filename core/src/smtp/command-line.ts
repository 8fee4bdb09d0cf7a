/** A line from a client, told apart into verb and argument. Old clients' habits are kept where they cannot be misread. */
import { isUtf8 } from 'node:buffer'

export type CommandLine = {
  /** Capital letters; empty when the line begins with none. */
  readonly verb: string
  /** What follows the verb, trimmed. */
  readonly argument: string
}

/** `HELO: name` and tabs are tolerated; `QUITX` is not QUIT. */
const VERB = /^([A-Za-z]+)(?:[ \t:]([\s\S]*))?$/

export function parseCommandLine(line: string): CommandLine {
  const match = VERB.exec(line.trimEnd())
  if (!match) return { verb: '', argument: '' }
  return { verb: (match[1] ?? '').toUpperCase(), argument: (match[2] ?? '').trim() }
}

/** Undefined when the bytes are no UTF-8 (RFC 6531 §3.1) or hold control characters, which no command has. */
export function decodeLine(line: Buffer): string | undefined {
  for (const byte of line) if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) return undefined
  return isUtf8(line) ? line.toString('utf8') : undefined
}

/** Web browsers that were tricked into talking to us (cross-protocol scripting). */
export const isHttp = (line: string): boolean => /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|TRACE|CONNECT|PATCH) \S+ HTTP\/\d/i.test(line)
