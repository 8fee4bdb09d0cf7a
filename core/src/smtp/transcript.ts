/** The log of one dialogue, line by line, by its trace id. What proves who a client is, and the mail itself, are left out. */
import type { Logger } from '../observe/logger.ts'
import type { Dialogue } from './dialogue.ts'
import { formatReply, type Reply } from './replies.ts'

export type Transcript = {
  /** `secret` while an answer of AUTH is awaited. */
  readonly client: (dialogue: Dialogue, line: string, secret: boolean) => void
  readonly server: (dialogue: Dialogue, reply: Reply) => void
}

export type TranscriptOptions = { readonly log: Logger; readonly logExclusion: RegExp | null }

/** At debug for everybody; at info for a mail server that asks for it. Excluded addresses are never written. */
export function createTranscript({ log, logExclusion }: TranscriptOptions): Transcript {
  const write = (dialogue: Dialogue, text: () => string): void => {
    const asked = dialogue.sender?.mailServer.logSmtpData === true
    if (!asked && !log.isLevelEnabled('debug')) return
    if (logExclusion?.test(dialogue.client.ip)) return
    const facts = { component: 'smtp-server', trace_id: dialogue.trace, dialogue: dialogue.trace }
    log[asked ? 'info' : 'debug'](facts, text())
  }
  return {
    client: (dialogue, line, secret) => write(dialogue, () => `<= ${secret ? '[redacted]' : redact(line)}`),
    server: (dialogue, reply) => write(dialogue, () => `=> ${formatReply(reply, dialogue.greeting?.extended === true).trimEnd()}`),
  }
}

const redact = (line: string): string => line.replace(/^(AUTH\s+\S+\s+).*$/i, '$1[redacted]')
