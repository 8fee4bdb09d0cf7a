/** Every reply of the SMTP server: code, enhanced code (RFC 3463, RFC 5248) and the words that Postal's clients know. */
import { AppError, type ErrorCode } from '../domain/errors.ts'
import { HEADER_FIELDS_MAX } from '../mail/headers.ts'

export type Reply = {
  readonly code: number
  /** Null where RFC 2034 §4 has none: greetings, challenges, 354. */
  readonly enhanced: string | null
  /** More than one line only for EHLO. */
  readonly text: string | readonly string[]
}

const says = (code: number, enhanced: string | null, text: string | readonly string[]): Reply => ({ code, enhanced, text })

export const reply = {
  greeting: (hostname: string, trace: string) => says(220, null, `${hostname} ESMTP Posthaste/${trace}`),
  capabilities: (lines: readonly string[]) => says(250, null, lines),
  hello: (hostname: string) => says(250, null, hostname),
  ok: says(250, '2.0.0', 'OK'),
  senderOk: says(250, '2.1.0', 'OK'),
  recipientOk: says(250, '2.1.5', 'OK'),
  accepted: (ids: string) => says(250, '2.0.0', `OK id=${ids}`),
  goodbye: says(221, '2.0.0', 'Closing Connection'),
  goAhead: says(354, null, 'Go ahead'),
  readyForTls: says(220, '2.0.0', 'Ready to start TLS'),

  challenge: (text: string) => says(334, null, text),
  askUsername: says(334, null, 'VXNlcm5hbWU6'),
  askPassword: says(334, null, 'UGFzc3dvcmQ6'),
  granted: (name: string) => says(235, '2.7.0', `Granted for ${name}`),
  authProtocolError: says(535, '5.5.2', 'Authenticated failed - protocol error'),
  authInvalid: says(535, '5.7.8', 'Invalid credential'),
  authDenied: says(535, '5.7.8', 'Denied'),
  authCancelled: says(501, '5.7.0', 'Authentication cancelled'),
  authRepeated: says(503, '5.5.1', 'Already authenticated'),
  authInTransaction: says(503, '5.5.1', 'AUTH is not possible during a mail transaction'),
  authNeedsTls: says(538, '5.7.11', 'Encryption required for authentication'),
  authNotHere: says(502, '5.5.1', 'Authentication is not offered on this port'),
  authThrottled: says(454, '4.7.0', 'Too many authentication failures, try again later'),
  authUnavailable: says(454, '4.3.0', 'Temporary authentication failure'),

  unknownCommand: says(502, '5.5.1', 'Invalid/unsupported command'),
  unknownMechanism: says(502, '5.5.4', 'Invalid/unsupported command'),
  httpSpoken: says(502, '5.5.1', 'This is a mail server'),
  bareLineEnding: says(500, '5.5.2', 'Lines must end with CR LF and hold neither alone'),
  bareLineEndingInData: says(550, '5.5.2', 'Lines must end with CR LF and hold neither alone'),
  lineTooLong: says(500, '5.5.2', 'Line too long'),
  noParameters: (verb: string) => says(501, '5.5.4', `${verb} takes no parameters`),
  greetFirst: says(503, '5.5.1', 'EHLO/HELO first please'),
  greetAndMailFirst: says(503, '5.5.1', 'EHLO/HELO and MAIL FROM first please'),
  recipientsFirst: says(503, '5.5.1', 'HELO/EHLO, MAIL FROM and RCPT TO before sending data'),
  tlsUnavailable: says(502, '5.5.1', 'TLS not available'),
  tlsActive: says(503, '5.5.1', 'TLS is already active'),
  tlsFirst: says(530, '5.7.0', 'Must issue a STARTTLS command first'),
  proxyError: says(502, null, 'Proxy Error'),

  senderSyntax: says(501, '5.1.7', 'Invalid MAIL FROM'),
  recipientEmpty: says(501, '5.1.3', 'RCPT TO should not be empty'),
  recipientSyntax: says(501, '5.1.3', 'Invalid RCPT TO'),
  needsUtf8: says(553, '5.6.7', 'This address needs SMTPUTF8'),
  parameterSyntax: (name: string) => says(501, '5.5.4', `Invalid value for ${name}`),
  parameterUnknown: (name: string) => says(555, '5.5.4', `Parameter ${name.slice(0, 40)} is not supported`),

  invalidServerToken: says(550, '5.1.1', 'Invalid server token'),
  invalidRouteToken: says(550, '5.1.1', 'Invalid route token'),
  suspended: says(535, '5.2.1', 'Mail server has been suspended'),
  routeRejects: says(550, '5.7.1', 'Route does not accept incoming messages'),
  authenticationRequired: says(530, '5.7.0', 'Authentication required'),
  tooManyRecipients: says(452, '4.5.3', 'Too many recipients'),

  tooLarge: (bytesMax: number) => says(552, '5.3.4', `Message too large (maximum size ${Math.floor(bytesMax / 1_048_576)}MB)`),
  headerTooLarge: says(552, '5.3.4', `Header section too large (maximum ${HEADER_FIELDS_MAX} fields, 1MB)`),
  loop: says(550, '5.4.6', 'Loop detected'),
  senderNotAuthorised: says(530, '5.7.1', 'From/Sender name is not valid'),
  keyConflict: says(550, '5.5.4', 'This idempotency key is invalid or was used for other recipients'),

  later: says(451, '4.3.0', 'Temporary error, try again later'),
  noMemory: says(452, '4.3.1', 'Insufficient system storage, try again later'),
  tooManyConnections: says(421, '4.3.2', 'Too many connections, try again later'),
  tooManyFromAddress: says(421, '4.7.0', 'Too many connections from your address'),
  tooManyFromNetwork: says(421, '4.7.0', 'Too many connections from your network'),
  tooManyErrors: says(421, '4.7.0', 'Too many errors'),
  tooManyCommands: says(421, '4.7.0', 'Too many commands without mail'),
  tooManyMessages: says(421, '4.7.0', 'Too many messages on this connection, open another'),
  talksTooSoon: says(554, '5.5.1', 'You talk too soon'),
  idle: says(421, '4.4.2', 'Timeout, closing connection'),
  tooSlow: says(421, '4.4.2', 'Too slow, closing connection'),
  shuttingDown: says(421, '4.3.2', 'Shutting down, try again later'),
} as const

/** The reply in octets. Enhanced codes are only for clients that have said EHLO (RFC 2034 §3). */
export function formatReply({ code, enhanced, text }: Reply, withEnhanced: boolean): string {
  const prefix = enhanced !== null && withEnhanced ? `${enhanced} ` : ''
  if (typeof text === 'string') return `${code} ${prefix}${text}\r\n`
  const last = text.length - 1
  return text.map((line, n) => `${code}${n === last ? ' ' : '-'}${prefix}${line}\r\n`).join('')
}

export const isFailure = ({ code }: Reply): boolean => code >= 400

/** Refusals that the stages below SMTP know; everything else is a fault of ours and tells nothing. */
const BY_CODE: Partial<Record<ErrorCode, Reply>> = {
  'store.unavailable': reply.later,
  'mail_server.suspended': reply.suspended,
  'sender.not_authorised': reply.senderNotAuthorised,
  'idempotency.conflict': reply.keyConflict,
  'auth.invalid': reply.authInvalid,
  'auth.throttled': reply.authThrottled,
}

export const replyTo = (fault: unknown): Reply => (fault instanceof AppError ? (BY_CODE[fault.code] ?? reply.later) : reply.later)
