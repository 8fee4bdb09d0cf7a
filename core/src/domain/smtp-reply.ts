/** What came of one SMTP transaction: the remote server's reply, or the fault that kept us from having one. */

/** Where in the dialogue it was decided. RFC 5321 §3 */
export type SmtpStage = 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'final'

export type SmtpReply = {
  readonly kind: 'reply'
  readonly stage: SmtpStage
  readonly code: number
  /** Class, subject and detail, such as `5.1.1`; null when the server gives none. RFC 3463 */
  readonly enhanced: string | null
  /** The whole reply, all its lines, as the server said it. */
  readonly text: string
}

export type SmtpFaultReason =
  | 'timeout'
  | 'closed'
  | 'tls'
  | 'protocol'
  | 'forbidden'
  | 'cancelled'
  /** Larger than the server's SIZE. RFC 1870 §6.1 */
  | 'too_large'
  /** A non-ASCII mailbox, and a server without SMTPUTF8. RFC 6531 §3.2 */
  | 'needs_smtputf8'

export type SmtpFault = {
  readonly kind: 'fault'
  readonly stage: SmtpStage
  readonly reason: SmtpFaultReason
  readonly text: string
  /** The final dot was on its way: the mail may have arrived, so that another try may double it. */
  readonly uncertain: boolean
}

export type SmtpResult = SmtpReply | SmtpFault

/** Reads the code and the enhanced code off a reply; undefined when it is not an SMTP reply. RFC 5321 §4.2, RFC 2034 §4 */
export function parseReply(text: string, stage: SmtpStage): SmtpReply | undefined {
  const code = /^([2-5]\d\d)(?:[ -]|$)/.exec(text)?.[1]
  if (code === undefined) return undefined
  const enhanced = /^[2-5]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?:\s|$)/.exec(text)?.[1] ?? null
  return { kind: 'reply', stage, code: Number(code), enhanced, text }
}

export const isAccepted = (result: SmtpResult): boolean => result.kind === 'reply' && result.stage === 'final' && result.code < 300

/** Whether the same message may go to another host at once: nothing can have arrived, and the refusal is not final. */
export function mayTryElsewhere(result: SmtpResult): boolean {
  if (result.kind === 'fault') return !result.uncertain && !['cancelled', 'too_large', 'needs_smtputf8'].includes(result.reason)
  return result.stage !== 'final' && result.code >= 400 && result.code < 500
}
