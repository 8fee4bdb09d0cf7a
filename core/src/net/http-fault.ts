/** Why an HTTP exchange came to no answer, in the codes that Postal's users know. */

export type HttpFault = {
  readonly kind: 'fault'
  /** -1 time-out, -2 no connection or no sensible answer, -3 TLS. */
  readonly code: -1 | -2 | -3
  readonly text: string
}

export const timedOut = (timeoutMs: number): HttpFault => ({ kind: 'fault', code: -1, text: `Timed out after ${timeoutMs / 1000}s` })
export const notReached = (text: string): HttpFault => ({ kind: 'fault', code: -2, text })
const BAD_TLS: HttpFault = { kind: 'fault', code: -3, text: 'Invalid SSL certificate' }

/** Codes of node and of OpenSSL for handshakes and certificates. */
const TLS_CODE =
  /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|CRL_|UNABLE_TO_|ERROR_IN_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH)/

export function httpFault(error: Error): HttpFault {
  const code = 'code' in error ? String(error.code) : ''
  if (TLS_CODE.test(code)) return BAD_TLS
  // When several addresses were tried, the words are with the single errors.
  const errors = error instanceof AggregateError ? error.errors.map(String) : [error.message || code]
  return notReached([...new Set(errors)].join(', '))
}
