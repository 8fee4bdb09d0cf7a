/** What a command comes to: a reply, and what happens once it is written. */
import type { Recipient } from './dialogue.ts'
import type { Reply } from './replies.ts'

/** Answers the client's next line, which is no command: the exchange of AUTH. */
export type AnswerLine = (line: string) => Verdict | Promise<Verdict>

export type Verdict = {
  readonly reply: Reply
  /** The name under which Postal counts this mistake of the client. */
  readonly clientError?: string
  /** Time that the mistake costs the client. */
  readonly delayMs?: number
  readonly next?: 'close' | 'start_tls' | 'read_data' | { readonly ask: AnswerLine }
}

/** What RCPT comes to, before it is answered. */
export type RecipientVerdict = { readonly recipient: Recipient } | Verdict

export const answer = (reply: Reply): Verdict => ({ reply })
export const refuse = (reply: Reply, clientError?: string): Verdict => (clientError === undefined ? { reply } : { reply, clientError })
export const ask = (reply: Reply, line: AnswerLine): Verdict => ({ reply, next: { ask: line } })
