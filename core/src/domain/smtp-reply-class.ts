/** What refusals mean, whoever words them: an SMTP reply to us, or the diagnostic in a bounce. */
import type { SmtpReply, SmtpResult, SmtpStage } from './smtp-reply.ts'

export type ReplyClass = keyof typeof REPLY_CLASSES

type Meaning = {
  /** `as_said`: 4xx passes, 5xx does not. */
  readonly permanent: 'yes' | 'no' | 'as_said'
  /** Whom it is about. Only what is permanent and about the recipient suppresses an address. */
  readonly about: 'recipient' | 'us' | 'content' | 'server' | 'setup'
  /** For people, as a sentence. */
  readonly says: string
}

export const REPLY_CLASSES = {
  unknown_user: { permanent: 'yes', about: 'recipient', says: 'The mailbox does not exist.' },
  mailbox_disabled: { permanent: 'yes', about: 'recipient', says: 'The mailbox is disabled.' },
  mailbox_moved: { permanent: 'yes', about: 'recipient', says: 'The mailbox has moved away and is not forwarded.' },
  bad_address: { permanent: 'yes', about: 'recipient', says: 'The address is not a valid one at that server.' },
  no_such_domain: { permanent: 'yes', about: 'recipient', says: 'The domain of the address takes no mail.' },
  mailbox_full: { permanent: 'as_said', about: 'server', says: 'The mailbox is full.' },
  recipient_restricted: {
    permanent: 'as_said',
    about: 'server',
    says: 'The recipient takes mail from few senders only, and we are not one of them.',
  },
  recipient_rate: { permanent: 'no', about: 'server', says: 'The recipient gets more mail at present than the server allows.' },
  relay_denied: {
    permanent: 'as_said',
    about: 'server',
    says: 'The server does not take mail for this domain; its MX records may be wrong.',
  },
  greylisted: { permanent: 'no', about: 'us', says: 'The server lets unknown senders wait and takes the mail when it comes again.' },
  rate_limited: { permanent: 'no', about: 'us', says: 'We sent too much in too short a time for this server.' },
  too_many_connections: { permanent: 'no', about: 'us', says: 'We had too many connections to this server at a time.' },
  blocklisted: { permanent: 'no', about: 'us', says: 'Our address is on a block list that this server uses.' },
  reputation: { permanent: 'no', about: 'us', says: 'The server does not trust our address: its reputation is low.' },
  reverse_dns: { permanent: 'no', about: 'us', says: 'Our address has no reverse name, or one that does not lead back to it.' },
  authentication: { permanent: 'as_said', about: 'us', says: 'SPF, DKIM or DMARC of the sending domain did not pass.' },
  sender_refused: { permanent: 'as_said', about: 'us', says: 'The server does not accept the envelope sender.' },
  tls_required: { permanent: 'no', about: 'setup', says: 'The server demands an encrypted connection.' },
  login_required: { permanent: 'no', about: 'setup', says: 'The server demands a login, or refused the one it got.' },
  spam_content: { permanent: 'as_said', about: 'content', says: 'The server takes the mail for spam.' },
  virus: { permanent: 'yes', about: 'content', says: 'The server found something dangerous in the mail.' },
  too_large: { permanent: 'yes', about: 'content', says: 'The mail is larger than the server allows.' },
  malformed: { permanent: 'as_said', about: 'content', says: 'The server does not accept the form of the mail.' },
  not_convertible: { permanent: 'yes', about: 'content', says: 'The server cannot carry the characters of the address or the mail.' },
  policy: { permanent: 'as_said', about: 'us', says: 'The server refuses the mail by a rule of its own.' },
  too_many_recipients: { permanent: 'no', about: 'server', says: 'The server takes no more recipients at a time.' },
  mail_loop: { permanent: 'yes', about: 'server', says: 'The mail goes round in circles.' },
  server_full: { permanent: 'no', about: 'server', says: 'The server has no room for mail at present.' },
  server_unavailable: { permanent: 'no', about: 'server', says: 'The server is not available at present.' },
  command_refused: { permanent: 'no', about: 'server', says: 'The server did not understand or allow a command.' },
  timed_out: { permanent: 'no', about: 'server', says: 'The server did not answer in time.' },
  connection_lost: { permanent: 'no', about: 'server', says: 'The connection could not be made or was cut.' },
  tls_failed: { permanent: 'no', about: 'server', says: 'The encryption that is asked for here could not be agreed on.' },
  forbidden_target: { permanent: 'yes', about: 'server', says: 'The domain leads to an address that mail may not be sent to.' },
  other_temporary: { permanent: 'no', about: 'server', says: 'The server asks us to come back later.' },
  other_permanent: { permanent: 'as_said', about: 'server', says: 'The server refuses the mail and gives no reason that we know.' },
} as const satisfies Readonly<Record<string, Meaning>>

/** Temporary refusals like it, to the last attempt, are reason to mail this recipient no more: also a mailbox that stays full. */
export const blamesRecipient = (name: string): boolean =>
  Object.entries<Meaning>(REPLY_CLASSES).some(([known, { about }]) => known === name && (about === 'recipient' || known === 'mailbox_full'))

type Rule = {
  readonly class: ReplyClass
  /** Enhanced codes without their class digit, such as `1.1`. */
  readonly enhanced?: readonly string[]
  readonly codes?: readonly number[]
  readonly text?: RegExp
}

/** Some servers give the code of an unknown user to these as well, but never without saying so. */
const DESPITE_CODES: readonly Rule[] = [
  { class: 'recipient_rate', text: /receiving mail at a rate|recipient has exceeded their limit/i },
  { class: 'reputation', text: /too many (?:invalid|unknown|bad|non-?existent) (?:recipient|user|address)/i },
  {
    class: 'blocklisted',
    text: /\b(?:your|sending|sender|client) (?:ip|host|server|domain)\b.{0,60}(?:listed|blocked|banned)|\bdnsbl\b|spamhaus|spamcop|\brbl\b|\bblack ?list/i,
  },
  { class: 'sender_refused', text: /\bsender (?:address |domain )?(?:denied|blocked|refused|rejected)|\bunknown sender\b/i },
  { class: 'spam_content', text: /quarantin|content filter/i },
]

/** Enhanced codes that leave no doubt, whatever the text says. */
const CERTAIN: readonly Rule[] = [
  { class: 'unknown_user', enhanced: ['1.1', '1.0'], codes: [550, 551, 553, 450, 451] },
  // So Exchange Online says that a domain has no such recipient: learn.microsoft.com, "Fix NDR error 550 5.4.1".
  { class: 'unknown_user', enhanced: ['4.1'], codes: [550], text: /recipient address rejected: access denied/i },
  { class: 'no_such_domain', enhanced: ['1.2', '1.10'] }, // RFC 7505 §4.2
  { class: 'bad_address', enhanced: ['1.3'] },
  { class: 'mailbox_moved', enhanced: ['1.6'] },
  { class: 'mailbox_disabled', enhanced: ['2.1'] },
  { class: 'mailbox_full', enhanced: ['2.2'] },
  { class: 'too_large', enhanced: ['2.3', '3.4'] },
  { class: 'authentication', enhanced: ['7.20', '7.21', '7.22', '7.23', '7.24', '7.26', '7.27', '7.30'] }, // RFC 7372 §3
  { class: 'reverse_dns', enhanced: ['7.25'] },
  { class: 'mail_loop', enhanced: ['4.6'] },
]

/** What servers say, from the particular to the general. */
const WORDS: readonly Rule[] = [
  { class: 'greylisted', text: /gr[ae]y.?list|try again (?:in|after) \d+ (?:second|minute)|come back later/i },
  {
    class: 'too_many_connections',
    text: /too many (?:concurrent |simultaneous |open )?(?:smtp )?(?:connection|session)|connection limit|max(?:imum)? connections/i,
  },
  { class: 'recipient_rate', text: /(?:recipient|user|mailbox|account)\b.{0,60}\breceiving mail at a rate/i },
  {
    class: 'rate_limited',
    text: /rate.?limit|(?:connection|message|mail)s? (?:frequency|rate)|frequency limited|too (?:many|much) (?:message|mail|rate|email)|unusual (?:rate|traffic)|\bTSS?0\d\b|throttl|exceeded the (?:rate|limit)/i,
  },
  {
    class: 'blocklisted',
    text: /block ?list|black ?list|deny ?list|listed (?:at|by|in|on)|dnsbl|\brbl\b|spamhaus|spamcop|barracuda|sorbs|proofpoint.{0,30}block|banned sending|\bS3150\b|\bS3140\b/i,
  },
  { class: 'reputation', text: /reputation|poor sender|low trust|user complaints|likely suspicious/i },
  { class: 'reverse_dns', text: /reverse (?:dns|name|hostname)|\bPTR\b|rdns|helo.{0,40}(?:does not|not) (?:resolve|match)/i },
  { class: 'authentication', text: /\bDMARC\b|\bSPF\b|\bDKIM\b|unauthenticated (?:mail|email)|not authenticated/i },
  { class: 'tls_required', text: /(?:must|should|need to|required?).{0,40}(?:STARTTLS|TLS|encrypt)|(?:TLS|encryption) (?:is )?required/i },
  {
    class: 'relay_denied',
    text: /relay(?:ing)? (?:access )?(?:denied|not (?:permitted|allowed))|unable to relay|not (?:a )?local (?:domain|host)|we do not relay/i,
  },
  { class: 'virus', text: /virus|malware|infected|dangerous (?:attachment|content)/i },
  { class: 'spam_content', text: /\bspam\b|junk mail|unsolicited|bulk (?:mail|email)|content (?:rejected|blocked)|looks like/i },
  {
    class: 'mailbox_full',
    text: /(?:mailbox|quota|inbox|user|account|recipient)\b.{0,40}\b(?:full|over ?quota|exceeded)|quota exceeded|over quota|out of storage|insufficient (?:mailbox|disk) (?:space|storage)/i,
  },
  { class: 'too_large', text: /(?:message|size|mail).{0,30}(?:too (?:large|big)|exceeds)|exceeds.{0,30}size/i },
  {
    class: 'mailbox_disabled',
    text: /(?:user|mailbox|recipient|account|address|alias)\b[^.\n]{0,40}\b(?:disabled|inactive|suspended|no longer)/i,
  },
  {
    class: 'unknown_user',
    text: /(?:user|mailbox|recipient|account|address|alias)\b[^.\n]{0,40}\b(?:unknown|not (?:be )?found|does(?: not|n't) exist|not exist)|user does(?: not|n't) have an? \S+ account|(?:unknown|no such|invalid|non-?existent) (?:local )?(?:user|mailbox|recipient|account|address|person)/i,
  },
  {
    class: 'recipient_restricted',
    text: /not (?:authori[sz]ed|allowed|permitted) to (?:send|mail|post)|restricted (?:group|recipient)|only accepts mail from/i,
  },
  {
    class: 'sender_refused',
    text: /sender (?:address |domain )?(?:rejected|denied|blocked|refused|unknown|invalid|not)|(?:bad|invalid) (?:sender|return path)/i,
  },
  { class: 'mail_loop', text: /too many hops|mail loop|routing loop|hop count/i },
  { class: 'too_many_recipients', text: /too many recipients/i },
  { class: 'server_full', text: /insufficient (?:system )?(?:storage|resources)|out of (?:disk|memory)|no space/i },
  { class: 'malformed', text: /RFC ?\d{4}|(?:missing|duplicate|invalid|multiple) (?:header|from|date|message-id)|bare (?:lf|cr|newline)/i },
  { class: 'policy', text: /polic(?:y|ies)|administrative(?:ly)? (?:prohibit|reject|denied)/i },
]

/** What enhanced codes and codes say when no words help. */
const CODES: readonly Rule[] = [
  { class: 'sender_refused', enhanced: ['1.7', '1.8', '1.9'] },
  { class: 'mailbox_disabled', enhanced: ['2.0'] },
  { class: 'server_full', enhanced: ['3.1'] },
  { class: 'server_unavailable', enhanced: ['3.0', '3.2', '3.5', '4.0', '4.1', '4.2', '4.3', '4.4', '4.5', '4.7'] },
  { class: 'too_many_recipients', enhanced: ['5.3'] },
  { class: 'not_convertible', enhanced: ['6.7', '6.8', '6.9', '6.3', '6.10'] },
  { class: 'malformed', enhanced: ['6.0', '6.1', '6.2', '6.4'] },
  { class: 'recipient_restricted', enhanced: ['7.2', '7.13'] },
  { class: 'login_required', enhanced: ['7.8', '7.9', '7.11', '7.12', '7.14'], codes: [530, 534, 535, 538] },
  { class: 'tls_required', enhanced: ['7.10'] },
  { class: 'rate_limited', enhanced: ['7.28', '7.650'] },
  { class: 'command_refused', enhanced: ['5.0', '5.1', '5.2', '5.4', '5.5', '5.6'] },
  { class: 'policy', enhanced: ['7.0', '7.1', '7.3', '7.4', '7.5', '7.6', '7.7'] },
  { class: 'login_required', codes: [530, 534, 535, 538] },
  { class: 'server_unavailable', codes: [421] },
  { class: 'command_refused', codes: [500, 501, 502, 503, 504] },
  { class: 'mailbox_moved', codes: [551] },
]

const RULES: readonly Rule[] = [...DESPITE_CODES, ...CERTAIN, ...WORDS, ...CODES]

/** The class of a refusal or a fault; what was accepted has none. */
export function classify(result: SmtpResult): ReplyClass | null {
  if (result.kind === 'fault') return FAULTS[result.reason] ?? 'connection_lost'
  if (result.code < 400) return null
  const found = RULES.find((rule) => applies(rule, result))
  const name = found?.class ?? (result.code < 500 ? 'other_temporary' : 'other_permanent')
  if (REPLY_CLASSES[name].about !== 'recipient') return name
  // Before there is a recipient no reply can be about one.
  if (result.stage === 'mail') return 'sender_refused'
  return isEarly(result.stage) ? 'policy' : name
}

const FAULTS: Readonly<Record<string, ReplyClass>> = {
  timeout: 'timed_out',
  closed: 'connection_lost',
  cancelled: 'connection_lost',
  tls: 'tls_failed',
  protocol: 'command_refused',
  forbidden: 'forbidden_target',
  too_large: 'too_large',
  needs_smtputf8: 'not_convertible',
}

function applies({ class: name, enhanced, codes, text }: Rule, reply: SmtpReply): boolean {
  if (enhanced && !enhanced.includes(reply.enhanced?.slice(2) ?? '')) return false
  if (codes && !codes.includes(reply.code)) return false
  if (text === undefined) return true
  // Where there is an enhanced code, words alone do not turn a refusal into one of the recipient.
  if (!enhanced && reply.enhanced !== null && REPLY_CLASSES[name].about === 'recipient') return false
  return text.test(reply.text)
}

/** Refused before there was a message: another host, or the same one later, may take it. */
const isEarly = (stage: SmtpStage): boolean => ['connect', 'greeting', 'ehlo', 'starttls', 'auth'].includes(stage)

/** Whether trying again can change nothing. RFC 5321 §4.2.1 */
export function isPermanent(result: SmtpResult): boolean {
  const name = classify(result)
  if (name === null) return false
  const { permanent }: Meaning = REPLY_CLASSES[name]
  if (result.kind === 'fault') return permanent === 'yes' && result.reason !== 'forbidden'
  if (permanent === 'no' || result.code < 500 || isEarly(result.stage)) return false
  // 50x speaks of commands and 53x of logins: faults of a set-up, which people mend.
  return permanent === 'yes' || !(result.code < 510 || (result.code >= 530 && result.code < 540))
}

/** A permanent failure of this one recipient, for which the address is suppressed; a block of our address never is one. */
export function isPersonal(result: SmtpResult): boolean {
  const name = classify(result)
  return name !== null && result.kind === 'reply' && isPermanent(result) && REPLY_CLASSES[name].about === 'recipient'
}
