/** What a delivery makes of an SMTP result: sent, try again, or fail, with Postal's words for people and clients. */
import type { Outcome } from './delivery.ts'
import { isAccepted, type SmtpReply, type SmtpResult } from './smtp-reply.ts'

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
  const base = { output: result.text, sentWithTls }
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
  return { kind: forbidden ? 'hard_fail' : 'soft_fail', details, output, sentWithTls: false, unreachable: true }
}

/** Whether trying again can change nothing. RFC 5321 §4.2.1 */
function isPermanent(result: SmtpResult): boolean {
  if (result.kind === 'fault') return result.reason === 'too_large' || result.reason === 'needs_smtputf8'
  if (result.code < 500 || isEarly(result)) return false
  if (isAboutUs(result)) return false
  if (isPersonal(result)) return true
  // 50x speaks of commands and 53x of logins: faults of a set-up, which people mend.
  return !(result.code < 510 || (result.code >= 530 && result.code < 540))
}

/** Refused before there was a message: another host, or the same one later, may take it. */
const isEarly = ({ stage }: SmtpReply): boolean => ['connect', 'greeting', 'ehlo', 'starttls', 'auth'].includes(stage)

/** Words by which servers refuse an address or a rate of ours, whatever the code. They pass, and say nothing about the recipient. */
const ABOUT_US =
  /block ?list|banned sending|black ?list|listed (?:at|by|in|on)|dnsbl|\brbl\b|spamhaus|spamcop|barracuda|reputation|rate.?limit|(?:connection|message|mail)s? (?:frequency|rate)|frequency limited|too (?:many|much) (?:connection|message|mail|rate)|temporar(?:y|ily)|try again later|greylist|unusual (?:rate|traffic)|\bTSS?04\b|\bS3150\b/i

const isAboutUs = (reply: SmtpReply): boolean => !PERSONAL_CODES.has(reply.enhanced ?? '') && ABOUT_US.test(reply.text)

/** Bad mailbox, bad syntax, moved, null MX, disabled. RFC 3463 §3.2 and §3.3, RFC 7505 §4.2 */
const PERSONAL_CODES: ReadonlySet<string> = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1'])

/** Words of servers without enhanced codes for a mailbox that is not there. */
const UNKNOWN_USER =
  /(?:user|mailbox|recipient|account|address|alias)\b[^.\n]{0,40}\b(?:unknown|not (?:be )?found|does(?: not|n't) exist|not exist|disabled|inactive|no longer)|(?:unknown|no such|invalid|non-?existent) (?:local )?(?:user|mailbox|recipient|account|address|person)/i

/** A permanent failure of this one recipient, for which the address may be suppressed; a block of our address never is one. */
export function isPersonal(result: SmtpResult): boolean {
  if (result.kind === 'fault' || result.code < 500 || isEarly(result)) return false
  if (result.enhanced !== null) return PERSONAL_CODES.has(result.enhanced)
  return [550, 551, 553].includes(result.code) && !ABOUT_US.test(result.text) && UNKNOWN_USER.test(result.text)
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
