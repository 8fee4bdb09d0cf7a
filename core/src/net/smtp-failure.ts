/** Turns what nodemailer's connection reports into the reply or the fault that it stands for. */
import { parseReply, type SmtpFault, type SmtpFaultReason, type SmtpResult, type SmtpStage } from '../domain/smtp-reply.ts'

/** The fields of nodemailer's errors that we read. */
export type ConnectionError = Error & {
  readonly code?: string | undefined
  readonly command?: string | undefined
  readonly response?: string | undefined
}

/** Where the dialogue stood when it failed, for errors that name no command. */
export type Standing = { readonly stage: SmtpStage; readonly dotSent: boolean }

export function smtpFailure(error: ConnectionError, { stage, dotSent }: Standing): SmtpResult {
  const at = stageOf(error) ?? stage
  const reply = error.code === 'EPROTOCOL' && at === 'final' ? undefined : parseReply(error.response ?? '', at)
  // An error that carries a success is a reply out of turn, and nothing to build on.
  if (reply !== undefined && reply.code >= 300) return reply
  return fault({ stage: at, reason: reasonOf(error, at), text: error.message, uncertain: dotSent })
}

export function fault({ uncertain = false, ...given }: Omit<SmtpFault, 'kind' | 'uncertain'> & { uncertain?: boolean }): SmtpFault {
  return { kind: 'fault', ...given, uncertain }
}

const STAGES: Readonly<Record<string, SmtpStage>> = {
  EHLO: 'ehlo',
  HELO: 'ehlo',
  STARTTLS: 'starttls',
  'MAIL FROM': 'mail',
  'RCPT TO': 'rcpt',
}

function stageOf({ command = '', code }: ConnectionError): SmtpStage | undefined {
  if (command.startsWith('AUTH')) return 'auth'
  if (command === 'DATA') return code === 'EMESSAGE' ? 'final' : 'data'
  return STAGES[command]
}

function reasonOf({ code, command }: ConnectionError, stage: SmtpStage): SmtpFaultReason {
  if (code === 'ETIMEDOUT') return 'timeout'
  if (code === 'ETLS' || stage === 'starttls') return 'tls'
  if (code === 'EMESSAGE' && command === 'MAIL FROM') return 'too_large'
  return code === 'ESOCKET' || code === 'ECONNECTION' ? 'closed' : 'protocol'
}
