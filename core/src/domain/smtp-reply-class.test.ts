import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseReply, type SmtpStage } from './smtp-reply.ts'
import { classify, isPermanent, isPersonal, REPLY_CLASSES, type ReplyClass } from './smtp-reply-class.ts'

const reply = (text: string, stage: SmtpStage = 'rcpt') => {
  const parsed = parseReply(text, stage)
  if (!parsed) throw new Error(`not a reply: ${text}`)
  return parsed
}

it.each<[string, ReplyClass, boolean, boolean]>([
  // reply, class, permanent, suppresses
  ['550 5.1.1 The account does not exist', 'unknown_user', true, true],
  ['550 Requested action not taken: mailbox unavailable; no such user', 'unknown_user', true, true],
  ['554 delivery error: dd This user does not have an account', 'other_permanent', true, false],
  ["554 delivery error: dd This user doesn't have a yahoo.com account (ana@yahoo.com) [0]", 'unknown_user', true, true],
  ['550 5.4.1 Recipient address rejected: Access denied. AS(201806281)', 'unknown_user', true, true],
  ['550 5.4.1 no way to the next host', 'server_unavailable', false, false],
  ['550 5.2.1 The account is disabled', 'mailbox_disabled', true, true],
  ['550 account inactive', 'mailbox_disabled', true, true],
  ['551 5.1.6 recipient moved', 'mailbox_moved', true, true],
  ['553 5.1.3 bad recipient syntax', 'bad_address', true, true],
  ['556 5.1.10 null MX', 'no_such_domain', true, true],
  ['552 5.2.2 over quota', 'mailbox_full', true, false],
  ['452 4.2.2 over quota', 'mailbox_full', false, false],
  ['550 5.7.133 only accepts mail from its members', 'recipient_restricted', true, false],
  ['450 4.2.1 The user you are trying to contact is receiving mail at a rate that', 'recipient_rate', false, false],
  ['450 The user is receiving mail at a rate that prevents more', 'recipient_rate', false, false],
  ['554 5.7.1 Relay access denied', 'relay_denied', true, false],
  ['451 4.7.1 Greylisted, please try again in 300 seconds', 'greylisted', false, false],
  ['421 4.7.28 unusual rate of unsolicited mail', 'rate_limited', false, false],
  ['421 4.7.0 [TSS04] temporarily deferred', 'rate_limited', false, false],
  ['421 too many concurrent SMTP connections', 'too_many_connections', false, false],
  ['550 5.7.1 listed at zen.spamhaus.org', 'blocklisted', false, false],
  ['550 5.1.1 your IP 192.0.2.1 is listed by us', 'blocklisted', false, false],
  ['550 Too many invalid recipients', 'reputation', false, false],
  ['550 5.1.0 Sender denied', 'sender_refused', true, false],
  ['550 5.1.0 <a@shop.test> sender rejected. AUP#CXSNDR', 'sender_refused', true, false],
  ['550 5.1.1 unknown sender', 'sender_refused', true, false],
  ['550 5.1.1 Blocked: your domain shop.test is on our local blacklist', 'blocklisted', false, false],
  ['550 5.2.1 The content filter agent quarantined this message', 'spam_content', true, false],
  ['550 5.7.1 very low reputation of the sending domain', 'reputation', false, false],
  ['550 5.7.25 the IP address has no PTR record', 'reverse_dns', false, false],
  ['550 5.7.26 unauthenticated', 'authentication', true, false],
  ['550 5.7.1 rejected per DMARC policy', 'authentication', true, false],
  ['553 5.1.8 sender domain unknown', 'sender_refused', true, false],
  ['530 5.7.0 Must issue a STARTTLS command first', 'tls_required', false, false],
  ['530 5.7.8 Authentication needed', 'login_required', false, false],
  ['554 5.7.1 message looks like spam', 'spam_content', true, false],
  ['554 5.7.1 virus found', 'virus', true, false],
  ['552 5.3.4 message too big', 'too_large', true, false],
  ['550 5.7.1 not RFC 5322 compliant', 'malformed', true, false],
  ['550 5.6.7 cannot convert', 'not_convertible', true, false],
  ['550 5.7.1 refused by local policy', 'policy', true, false],
  ['452 4.5.3 enough', 'too_many_recipients', false, false],
  ['554 5.4.6 too many hops', 'mail_loop', true, false],
  ['452 4.3.1 no', 'server_full', false, false],
  ['421 4.3.2 shutting down', 'server_unavailable', false, false],
  ['502 5.5.1 what', 'command_refused', false, false],
  ['451 hm', 'other_temporary', false, false],
  ['554 no', 'other_permanent', true, false],
])('reads %s as %s', (text, name, permanent, suppresses) => {
  expect(classify(reply(text))).toBe(name)
  expect(isPermanent(reply(text))).toBe(permanent)
  expect(isPersonal(reply(text))).toBe(suppresses)
})

it('never suppresses a recipient for what was said before there was one', () => {
  expect(isPersonal(reply('550 no such user', 'greeting'))).toBe(false)
  expect(isPermanent(reply('554 5.1.1 go away', 'greeting'))).toBe(false)
  const toSender = reply('550 5.1.0 Address rejected.', 'mail')
  expect([classify(toSender), isPermanent(toSender), isPersonal(toSender)]).toEqual(['sender_refused', true, false])
})

it('never suppresses for a 4xx, or for what is about us, the content or a server, whatever a server may say', () => {
  const code = fc.integer({ min: 400, max: 599 })
  const enhanced = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 30 }))
  const words = fc.constantFrom('no such user', 'blocked', 'spam', 'quota exceeded', 'try again in 5 minutes', 'mailbox disabled', 'x')
  fc.assert(
    fc.property(code, fc.option(enhanced), words, (n, detail, text) => {
      const said = reply(`${n} ${detail ? `${String(n)[0]}.${detail.join('.')} ` : ''}${text}`)
      if (!isPersonal(said)) return
      const name = classify(said)
      expect(n).toBeGreaterThanOrEqual(500)
      expect(name && REPLY_CLASSES[name].about).toBe('recipient')
      expect(isPermanent(said)).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})

it('knows at least twenty classes, each with words for people', () => {
  const all = Object.values(REPLY_CLASSES)
  expect(all.length).toBeGreaterThanOrEqual(20)
  for (const { says } of all) expect(says).toMatch(/^[A-Z].*\.$/)
})
