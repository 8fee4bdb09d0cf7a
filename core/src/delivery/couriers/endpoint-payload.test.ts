/** The bodies that HTTP endpoints get: names, order, types and wrapping as Postal's customers read them. */
import { describe, expect, it } from 'vitest'
import type { Message } from '../../domain/message.ts'
import { buildPayload, type PayloadSettings, wrappedBase64 } from './endpoint-payload.ts'
import { judgeAnswer } from './http.ts'

const RAW = Buffer.from(
  [
    ...[
      'From: =?utf-8?Q?J=C3=BCrgen?= <j@client.test>',
      'To: help@shop.test',
      'Reply-To: a@client.test',
      'Reply-To: b@client.test',
      'Subject: Hi',
    ],
    ...['Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: text/plain; charset=utf-8', '', 'New', '-- ', 'J', '--b'],
    ...[
      'Content-Type: text/csv; name="a b.csv"; charset=utf-8',
      'Content-Disposition: attachment; filename="a b.csv"',
      '',
      'x'.repeat(100),
      '--b--',
      '',
    ],
  ].join('\r\n'),
)

const message: Message = {
  ...{
    id: 9301,
    mailServerId: 1,
    rawMailId: 1,
    token: 'q0Zt7LrWc2YbXn4K',
    scope: 'incoming',
    status: 'pending',
    rcptTo: 'help+77@shop.test',
  },
  ...{ mailFrom: '', subject: 'Hi', messageId: null, size: RAW.length, domainId: 1, credentialId: null, routeId: 1, endpointType: 'http' },
  ...{ endpointId: 1, bounce: false, bounceForId: null, tag: null, receivedWithTls: true, holdExpiresAt: null, lastDeliveryAt: null },
  ...{ openedAt: null, clickedAt: null, createdAt: new Date(1_772_360_431_258) },
}

const settings: PayloadSettings = { encoding: 'json', format: 'processed', stripReplies: false, includeAttachments: true }
const body = (changes: Partial<PayloadSettings> = {}) =>
  buildPayload({ message, raw: RAW, spam: true, verdicts: null }, { ...settings, ...changes }).toString()

describe('as JSON', () => {
  it('holds every value in the type that clients expect', () => {
    expect(JSON.parse(body())).toMatchObject({
      ...{ id: 9301, mail_from: null, message_id: null, timestamp: 1_772_360_431.258, size: String(RAW.length), spam_status: 'Spam' },
      ...{
        from: 'Jürgen <j@client.test>',
        reply_to: ['a@client.test', 'b@client.test'],
        attachment_quantity: 1,
        plain_body: 'New\r\n-- \r\nJ',
      },
      attachments: [{ filename: 'a b.csv', content_type: 'text/csv', size: 100, data: wrappedBase64(Buffer.from('x'.repeat(100))) }],
    })
  })

  it('leaves out what was not asked for', () => {
    const bare = JSON.parse(body({ includeAttachments: false })) as object
    expect(bare).not.toHaveProperty('attachments')
    expect(bare).not.toHaveProperty('replies_from_plain_body')
    expect(bare).not.toHaveProperty('status')
  })

  it('separates replies when asked to', () => {
    expect(JSON.parse(body({ stripReplies: true }))).toMatchObject({ plain_body: 'New', replies_from_plain_body: '-- \nJ' })
  })

  it('wraps base64 after 60 characters and at the end', () => {
    expect(wrappedBase64(Buffer.alloc(45))).toBe(`${'A'.repeat(60)}\n`)
    expect(wrappedBase64(Buffer.alloc(46))).toBe(`${'A'.repeat(60)}\nAA==\n`)
    expect(wrappedBase64(Buffer.alloc(0))).toBe('')
  })
})

describe('as a form', () => {
  it('writes null as a bare name, lists as repeated names, attachments with the whole content type', () => {
    const form = body({ encoding: 'form' })
    expect(form).toMatch(/^id=9301&rcpt_to=help%2B77%40shop\.test&mail_from&token=/)
    expect(form).toContain('&received_with_ssl=true&')
    expect(form).toContain('&reply_to=a%40client.test&reply_to=b%40client.test&')
    expect(form).toContain(
      '&attachments%5B0%5D%5Bfilename%5D=a+b.csv&attachments%5B0%5D%5Bcontent_type%5D=text%2Fcsv%3B+name%3D%22a+b.csv%22',
    )
  })

  it('has the same keys for the raw format', () => {
    expect([...new URLSearchParams(body({ encoding: 'form', format: 'raw' })).keys()]).toEqual([
      'id',
      'rcpt_to',
      'mail_from',
      'message',
      'base64',
      'size',
    ])
  })
})

describe('an answer', () => {
  it('never shows the password of the URL', () => {
    const { outcome } = judgeAnswer(
      { kind: 'answer', status: 404, retryAfter: null, rawHeaders: [], body: 'no' },
      'https://u:p@app.test/in',
      new Date(),
    )
    expect(outcome.details).toBe('Received a 404 from https://app.test/in')
  })

  it('is cut after 500 characters', () => {
    const { outcome } = judgeAnswer(
      { kind: 'answer', status: 200, retryAfter: null, rawHeaders: [], body: 'x'.repeat(900) },
      'https://app.test/',
      new Date(),
    )
    expect(outcome.output).toHaveLength(500)
  })
})
