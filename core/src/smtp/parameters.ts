/** Parameters of MAIL and RCPT: which ones there are, and what their values may be. */
import type { Parameter } from './path.ts'
import { type Reply, reply } from './replies.ts'

export type MailParameters = { readonly size: number | null; readonly smtpUtf8: boolean }

type Check = (value: string | null) => boolean

const MAIL_CHECKS: Record<string, Check> = {
  SIZE: (value) => /^\d{1,20}$/.test(value ?? ''), // RFC 1870 §4
  BODY: (value) => /^(7BIT|8BITMIME)$/i.test(value ?? ''), // RFC 6152 §2; BINARYMIME needs CHUNKING
  SMTPUTF8: (value) => value === null, // RFC 6531 §3.4
  RET: (value) => /^(FULL|HDRS)$/i.test(value ?? ''), // RFC 3461 §4.3
  ENVID: isXtext, // RFC 3461 §4.4
  AUTH: (value) => value !== null && value !== '', // RFC 4954 §5; we trust nobody's, as it allows
}

const RCPT_CHECKS: Record<string, Check> = {
  NOTIFY: (value) => /^(NEVER|(SUCCESS|FAILURE|DELAY)(,(SUCCESS|FAILURE|DELAY))*)$/i.test(value ?? ''), // RFC 3461 §4.1
  ORCPT: (value) => /^[A-Za-z0-9-]+;[^\s]+$/.test(value ?? ''), // RFC 3461 §4.2
}

/** The refusal, when one parameter is unknown or ill-formed. */
export const checkMailParameters = (parameters: readonly Parameter[]): Reply | undefined => check(parameters, MAIL_CHECKS)
export const checkRcptParameters = (parameters: readonly Parameter[]): Reply | undefined => check(parameters, RCPT_CHECKS)

/** Of parameters that have been checked. */
export function readMailParameters(parameters: readonly Parameter[]): MailParameters {
  const size = parameters.find(({ name }) => name === 'SIZE')?.value
  return { size: size ? Number(size) : null, smtpUtf8: parameters.some(({ name }) => name === 'SMTPUTF8') }
}

function check(parameters: readonly Parameter[], checks: Record<string, Check>): Reply | undefined {
  for (const { name, value } of parameters) {
    const valid = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (!valid) return reply.parameterUnknown(name)
    if (!valid(value)) return reply.parameterSyntax(name)
  }
  return undefined
}

function isXtext(value: string | null): boolean {
  return value !== null && value.length <= 100 && /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})+$/.test(value)
}
