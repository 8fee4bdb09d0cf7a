import { expect, it } from 'vitest'
import { retryHintMs, smtpOutcome, unreachableOutcome } from './smtp-outcome.ts'
import { mayTryElsewhere, parseReply, type SmtpFault, type SmtpResult, type SmtpStage } from './smtp-reply.ts'
import { isPersonal } from './smtp-reply-class.ts'

const attempt = { rcptTo: 'ann@example.org', endpoint: '192.0.2.1:25 (mx.example.org)', sentWithTls: true }

function reply(text: string, stage: SmtpStage = 'rcpt'): SmtpResult {
  const parsed = parseReply(text, stage)
  if (parsed === undefined) throw new Error(`not a reply: ${text}`)
  return parsed
}

const fault = (reason: SmtpFault['reason'], uncertain = false): SmtpFault => ({
  kind: 'fault',
  stage: uncertain ? 'final' : 'mail',
  reason,
  text: 'it broke',
  uncertain,
})

const kindOf = (result: SmtpResult) => smtpOutcome(result, attempt).kind

it('calls a message sent only after a 2xx to the final dot', () => {
  expect(smtpOutcome(reply('250 2.0.0 OK queued', 'final'), attempt)).toEqual({
    kind: 'sent',
    details: 'Message for ann@example.org accepted by 192.0.2.1:25 (mx.example.org)',
    output: '250 2.0.0 OK queued',
    sentWithTls: true,
  })
  expect(kindOf(reply('250 2.1.5 OK', 'rcpt'))).toBe('soft_fail')
})

it('names the pool address that a message left from', () => {
  const outcome = smtpOutcome(reply('250 OK', 'final'), { ...attempt, sourceIp: '198.51.100.7' })
  expect(outcome.details).toBe('Message for ann@example.org accepted by 192.0.2.1:25 (mx.example.org) (from 198.51.100.7)')
})

it.each([
  ['421 4.7.0 closing', 'soft_fail'],
  ['450 greylisted', 'soft_fail'],
  ['500 what?', 'soft_fail'],
  ['509 what?', 'soft_fail'],
  ['530 5.7.0 login first', 'soft_fail'],
  ['539 later', 'soft_fail'],
  ['550 5.1.1 unknown', 'hard_fail'],
  ['552 5.2.2 mailbox full', 'hard_fail'],
  ['554 5.7.1 relay access denied', 'hard_fail'],
  ['350 odd', 'soft_fail'],
] as const)('takes %s for %s', (text, kind) => {
  expect(kindOf(reply(text))).toBe(kind)
})

it.each([
  '550 5.7.1 Service unavailable, client host [198.51.100.7] blocked using Spamhaus',
  '554 5.7.1 Your access to this mail system has been rejected due to poor reputation of your server',
  '550 connection frequency limited',
  '550 5.7.606 Access denied, banned sending IP [198.51.100.7]',
  '550 5.7.1 [TSS04] Messages temporarily deferred',
])('tries again after a block of our own address, and suppresses nobody: %s', (text) => {
  expect(kindOf(reply(text))).toBe('soft_fail')
  expect(isPersonal(reply(text))).toBe(false)
})

it.each([
  ['550 5.1.1 The email account that you tried to reach does not exist. Try again later', true],
  ['550 No such user here', true],
  ['550 Mailbox unavailable: user unknown in virtual table', true],
  ['550 5.7.1 no such user', false],
  ['552 5.2.2 mailbox full', false],
  ['450 4.1.1 user unknown', false],
] as const)('says whether %s is a permanent failure of this recipient: %s', (text, personal) => {
  expect(isPersonal(reply(text))).toBe(personal)
})

it('tries again later when a host refuses us before there is a message', () => {
  expect(kindOf(reply('554 no SMTP service here', 'greeting'))).toBe('soft_fail')
})

it('says that a mail may have arrived when the reply to the final dot is lost', () => {
  expect(smtpOutcome(fault('timeout', true), attempt)).toMatchObject({ kind: 'soft_fail', uncertain: true })
  expect(smtpOutcome(fault('timeout'), attempt)).not.toHaveProperty('uncertain')
})

it('fails at once what the server can never take', () => {
  expect(kindOf(fault('too_large'))).toBe('hard_fail')
  expect(kindOf(fault('needs_smtputf8'))).toBe('hard_fail')
})

it('tells a time-out from other faults in the words of Postal', () => {
  expect(smtpOutcome(fault('timeout'), attempt).details).toBe('Temporary SMTP delivery error when sending to 192.0.2.1:25 (mx.example.org)')
  expect(smtpOutcome(fault('closed'), attempt).details).toBe('An error occurred while sending the message to 192.0.2.1:25 (mx.example.org)')
})

it('lists the hosts that could not be reached, each once', () => {
  const failures = ['a', 'b', 'c', 'a'].map((host) => ({ host, result: fault('closed') }))
  expect(unreachableOutcome('example.org', failures)).toMatchObject({
    kind: 'soft_fail',
    details: 'No SMTP servers were available for example.org. Tried a, b, and c.',
    output: 'it broke',
    unreachable: true,
  })
  expect(unreachableOutcome('example.org', failures.slice(0, 2)).details).toContain('Tried a and b.')
  expect(unreachableOutcome('example.org', []).details).toBe('No SMTP servers were available for example.org. No hosts to try.')
})

it('gives up at once on a domain whose hosts all have forbidden addresses', () => {
  expect(unreachableOutcome('example.org', [{ host: 'a', result: fault('forbidden') }]).kind).toBe('hard_fail')
})

it.each([
  ['450 Try again in 30 seconds', 40_000],
  ['450 greylisted for 5 minutes', 310_000],
  ['450 wait 1 minute', 70_000],
  ['450 wait 1 second', 11_000],
  ['450 wait 600 minutes', 4 * 3_600_000],
  ['450 wait 99999999 seconds', undefined],
  ['450 greylisted', undefined],
] as const)('reads the wait out of: %s', (text, ms) => {
  expect(retryHintMs(text)).toBe(ms)
})

it('tries another host after a 4xx or a fault, but never once the mail may have arrived', () => {
  expect(mayTryElsewhere(reply('451 later'))).toBe(true)
  expect(mayTryElsewhere(reply('550 no'))).toBe(false)
  expect(mayTryElsewhere(reply('451 later', 'final'))).toBe(false)
  expect(mayTryElsewhere(fault('closed'))).toBe(true)
  expect(mayTryElsewhere(fault('closed', true))).toBe(false)
})

it('keeps all lines of a reply and reads its enhanced code', () => {
  const text = '550-5.7.26 unauthenticated\n550 5.7.26 see the manual'
  expect(parseReply(text, 'final')).toEqual({ kind: 'reply', stage: 'final', code: 550, enhanced: '5.7.26', text })
  expect(parseReply('hello', 'greeting')).toBeUndefined()
})
