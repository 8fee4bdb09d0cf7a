/** What a delivery makes of an SMTP result: sent, try again, or fail, with Postal's words for people and clients. */
import type { Outcome } from './delivery.ts'
import { isAccepted, type SmtpResult } from './smtp-reply.ts'
import { classify, isPermanent, isPersonal } from './smtp-reply-class.ts'

export type Attempt = {
  readonly rcptTo: string
  /** `{ip}:{port} ({hostname})` */
  readonly endpoint: string
  readonly sentWithTls: boolean
  /** Our own address, when the connection was bound to one of a pool. */
  readonly sourceIp?: string
}

/** The outcome of a transaction on a session that was open. */
export function smtpOutcome(result: SmtpResult, { rcptTo, endpoint, sentWithTls, sourceIp }: Attempt): Outcome {
  const replyClass = classify(result)
  const base = { output: result.text, sentWithTls, ...(replyClass === null ? {} : { replyClass }) }
  if (isAccepted(result)) {
    const from = sourceIp === undefined ? '' : ` (from ${sourceIp})`
    return { kind: 'sent', details: `Message for ${rcptTo} accepted by ${endpoint}${from}`, ...base }
  }
  if (isPermanent(result)) {
    return {
      kind: 'hard_fail',
      details: `Permanent SMTP delivery error when sending to ${endpoint}`,
      ...base,
      personal: isPersonal(result),
    }
  }

  if (result.kind === 'fault') {
    const uncertain = result.uncertain ? { uncertain: true } : {}
    return { kind: 'soft_fail', details: faultDetails(result.reason === 'timeout', endpoint), ...base, ...uncertain }
  }
  const retryAfterMs = retryHintMs(result.text)
  const hint = retryAfterMs === undefined ? {} : { retryAfterMs }
  return { kind: 'soft_fail', details: `Temporary SMTP delivery error when sending to ${endpoint}`, ...base, ...hint }
}

const faultDetails = (timedOut: boolean, endpoint: string): string =>
  timedOut ? `Temporary SMTP delivery error when sending to ${endpoint}` : `An error occurred while sending the message to ${endpoint}`

/** A host that was tried in vain, with what it came to. */
export type FailedHost = { readonly host: string; readonly result: SmtpResult }

/** The outcome when no session could be opened at all. */
export function unreachableOutcome(domain: string, failures: readonly FailedHost[]): Outcome {
  const hosts = [...new Set(failures.map((failure) => failure.host))]
  const tried = hosts.length === 0 ? 'No hosts to try.' : `Tried ${new Intl.ListFormat('en').format(hosts)}.`
  const details = `No SMTP servers were available for ${domain}. ${tried}`
  const output = [...new Set(failures.map((failure) => failure.result.text))].join(', ')
  // Addresses that nobody may mail to, such as loopback, stay forbidden however often we try.
  const forbidden = failures.length > 0 && failures.every(({ result }) => result.kind === 'fault' && result.reason === 'forbidden')
  const replyClass = failures[0] ? (classify(failures[0].result) ?? undefined) : undefined
  const base = { details, output, sentWithTls: false, unreachable: true, ...(replyClass ? { replyClass } : {}) }
  return { kind: forbidden ? 'hard_fail' : 'soft_fail', ...base }
}

/** Answers that ask for more than a day are not meant for us to wait for. */
const HINT_BELIEVED_MAX_MS = 24 * 3_600_000
const HINT_MAX_MS = 4 * 3_600_000
/** Coming back on the very second would often be too early by a hair. */
const HINT_MARGIN_MS = 10_000

/** How long the server asks us to wait, if its text says so. */
export function retryHintMs(text: string): number | undefined {
  const seconds = /(\d{1,9}) seconds?\b/i.exec(text)?.[1]
  const minutes = /(\d{1,9}) minutes?\b/i.exec(text)?.[1]
  const askedMs = seconds !== undefined ? Number(seconds) * 1000 : Number(minutes ?? Number.NaN) * 60_000
  if (!(askedMs <= HINT_BELIEVED_MAX_MS)) return undefined
  return Math.min(askedMs + HINT_MARGIN_MS, HINT_MAX_MS)
}
