/** What servers say, and what it means. */
import { describe, expect, it } from 'vitest'
import { classifyBounce, isPersonalClass } from './bounce-class.ts'

const classOf = (text: string) => {
  const [, code = null, enhanced = null] = /^(\d{3})[ -](?:#?([245]\.\d{1,3}\.\d{1,3}))?/.exec(text) ?? []
  return classifyBounce({ code: code === null ? null : Number(code), enhanced, text })
}

it.each([
  ['unknown_user', '550 5.1.1 <ana@client.test>: Recipient address rejected: User unknown in virtual mailbox table'],
  ['unknown_user', '550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking'],
  ['unknown_user', '550 No such user here'],
  ['unknown_user', "554 delivery error: dd This user doesn't have a yahoo.com account (ana@yahoo.com) [0]"],
  ['unknown_user', '550 Requested action not taken: mailbox unavailable'],
  ['unknown_user', '550 5.4.1 Recipient address rejected: Access denied. AS(201806281) user unknown'],
  ['mailbox_disabled', '554 30 Sorry, your message to ana@yahoo.com cannot be delivered. This mailbox is disabled (554.30).'],
  ['mailbox_disabled', '550 5.2.1 The email account that you tried to reach is inactive.'],
  ['mailbox_full', '452-4.2.2 The email account that you tried to reach is over quota.'],
  ['mailbox_full', '552 5.2.2 <ana@client.test>: user is over quota'],
  ['mailbox_full', '550 Mailbox size limit exceeded'],
  ['blocklisted', '550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus.'],
  [
    'blocklisted',
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
  ],
  ['rate_limited', '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints'],
  ['rate_limited', '421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.'],
  ['greylisted', '450 4.2.0 <ana@client.test>: Recipient address rejected: Greylisted, see http://postgrey.test/'],
  ['authentication', '550 5.7.26 This mail is unauthenticated, which poses a security risk'],
  ['authentication', '550 5.7.1 Email rejected per DMARC policy for shop.test'],
  ['spam_content', '554 5.7.1 Message rejected as spam by Content Filtering.'],
  ['virus', '554 5.7.1 Message contains a virus'],
  ['too_large', '552 5.3.4 Message size exceeds fixed limit'],
  ['relay_denied', '550 5.7.1 <ana@client.test>: Relay access denied'],
  ['relay_denied', "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"],
  ['mail_loop', '554 5.4.6 Too many hops'],
  ['no_such_domain', '550 Host unknown (Name server: client.test: host not found)'],
  ['recipient_restricted', '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required'],
  ['tls_required', '530 5.7.0 Must issue a STARTTLS command first'],
  ['login_required', '530 5.7.1 Client was not authenticated'],
  ['server_unavailable', '421 Service not available, closing transmission channel'],
  ['policy', '550 5.7.1 Rejected by local policy'],
  ['unknown_user', '550 5.1.1 Este usuario no existe'],
  ['unknown_user', '550 Benutzer unbekannt'],
  ['other_temporary', '451 4.0.0 hm'],
  ['other_permanent', '554 transaction failed'],
] as const)('finds %s in: %s', (expected, text) => {
  expect(classOf(text)).toBe(expected)
})

describe('suppression', () => {
  it('never follows from a block of our own address or from a full mailbox', () => {
    expect(isPersonalClass('reputation', '5.7.1')).toBe(false)
    expect(isPersonalClass('mailbox_full', '5.2.2')).toBe(false)
    expect(isPersonalClass('unknown_user', '5.1.1')).toBe(true)
  })

  it('does not follow when a server gives the code of an unknown user to its block', () => {
    expect(classOf('550 5.1.1 Your IP 192.0.2.1 is listed by our blocklist')).toBe('blocklisted')
  })
})

it('answers a text made to be slow within a second', () => {
  const started = performance.now()
  classifyBounce({ code: 550, enhanced: null, text: 'user mailbox account address '.repeat(20_000) })
  expect(performance.now() - started).toBeLessThan(1_000)
})
