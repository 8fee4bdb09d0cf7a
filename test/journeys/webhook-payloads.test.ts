/** The payload of every event, key by key, as receivers of Postal's webhooks know it. */

import type { NewEvent, NewMailServerEvent } from '@posthaste/core/domain/event.ts'
import { WEBHOOK_EVENTS } from '@posthaste/core/domain/webhook-events.ts'
import { fanOut } from '@posthaste/core/events/fan-out.ts'
import { appendMailServerEvents } from '@posthaste/core/store/events.ts'
import { inTransaction } from '@posthaste/core/store/transaction.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { seedSender } from '@posthaste/test/support/engine.ts'
import {
  newEvent,
  record,
  SENT,
  seedMessages,
  seedWebhook,
  startWebhookEngine,
  type WebhookEngine,
} from '@posthaste/test/support/webhook-engine.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let database: TestDatabase
let engine: WebhookEngine
let messageId = 0
let bounceId = 0

beforeAll(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  await seedWebhook(database.db, { id: 5, url: 'https://receiver.test/', events: WEBHOOK_EVENTS })
  engine = await startWebhookEngine(database)
  ;[messageId = 0, bounceId = 0] = await seedMessages(database.db, engine.newId, 2)
  const report =
    "scope = 'incoming', mail_from = '', rcpt_to = 'abcdef@rp.test', subject = 'Undelivered', tag = NULL, message_id = NULL, spam_score = 620"
  await database.db.$client.query(`UPDATE messages SET ${report} WHERE id = ?`, [bounceId])
})
afterAll(async () => {
  await engine[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

type Body = { readonly event: string; readonly payload: Record<string, unknown> }

async function newest(): Promise<Body> {
  await fanOut(engine.fanOut)
  const [rows] = await database.db.$client.query('SELECT body FROM webhook_requests ORDER BY id DESC LIMIT 1')
  return JSON.parse((rows as unknown as { body: string }[])[0]?.body ?? '{}') // as selected
}
async function tell(more: Partial<NewEvent>): Promise<Body> {
  await record(database.db, [newEvent(engine.newId(), messageId, more)])
  return newest()
}
async function tellOfServer(event: NewMailServerEvent): Promise<Body> {
  await inTransaction(database.db, (tx) => appendMailServerEvents(tx, [event]))
  return newest()
}

const at = new Date('2026-11-21T10:00:31.250Z')
const seconds = at.getTime() / 1_000
const MESSAGE = {
  id: expect.any(Number),
  token: expect.stringMatching(/^[A-Za-z0-9]{16}$/),
  direction: 'outgoing',
  message_id: '7781@shop.test',
  to: 'user0@receiver.test',
  from: 'orders@shop.test',
  subject: 'Your order',
  timestamp: expect.any(Number),
  spam_status: 'NotChecked',
  tag: 'order',
}
const SERVER = { uuid: 'server', name: 'Shop', permalink: 'shop', organization: 'acme' }

describe('of a status', () => {
  it.each([
    ['sent', 'MessageSent', 'Sent'],
    ['delayed', 'MessageDelayed', 'SoftFail'],
    ['failed', 'MessageDeliveryFailed', 'HardFail'],
    ['held', 'MessageHeld', 'Held'],
  ] as const)('%s is %s with status %s', async (kind, event, status) => {
    const facts = { details: 'Message accepted', output: '250 2.0.0 Ok', sent_with_ssl: true, time: 0.42, timestamp: seconds }
    expect(await tell({ kind, at })).toMatchObject({ event, payload: { message: MESSAGE, status, ...facts } })
  })

  it('has an empty output rather than null, and null where no connection was made', async () => {
    const data = { ...SENT, details: '', output: '', sentWithTls: null, time: null }
    const { payload } = await tell({ kind: 'held', at, data })
    expect(payload).toEqual({
      message: MESSAGE,
      status: 'Held',
      details: null,
      output: '',
      sent_with_ssl: null,
      timestamp: seconds,
      time: null,
    })
  })

  it('cuts texts at 250 characters, between characters', async () => {
    const { payload } = await tell({ data: { ...SENT, details: '𝄞'.repeat(300), output: 'x'.repeat(300) } })
    expect(payload).toMatchObject({ details: '𝄞'.repeat(250), output: 'x'.repeat(250) })
  })
})

it.each([
  ['not asked about', null, 'NotChecked'],
  ['of which scanners think well', 0, 'NotSpam'],
  ['below the threshold for outgoing mail', 699, 'NotSpam'],
  ['at the threshold for outgoing mail', 700, 'Spam'],
] as const)('of a mail %s has the spam status that the mail server saw', async (_what, score, spam_status) => {
  const change = async (spamScore: number | null) => {
    await database.db.$client.query('UPDATE mail_servers SET outbound_spam_threshold = 7')
    await database.db.$client.query('UPDATE messages SET spam_score = ? WHERE id = ?', [spamScore, messageId])
  }
  await change(score)
  expect((await tell({ kind: 'sent', at })).payload).toMatchObject({ message: { spam_status } })
  await change(null)
})

describe('of what receivers and recipients do', () => {
  const visit = { ipAddress: '192.0.2.1', userAgent: null, automated: true, country: 'AT' }

  it('a bounce shows both messages, and what is known about the reason', async () => {
    const bounce = { ...MESSAGE, id: bounceId, direction: 'incoming', to: 'abcdef@rp.test', from: null, subject: 'Undelivered' }
    expect(
      await tell({
        kind: 'bounced',
        data: { bounceMessageId: bounceId, bounceType: 'hard', smtpCode: '5.1.1', diagnostic: 'no such user' },
      }),
    ).toMatchObject({
      event: 'MessageBounced',
      payload: {
        original_message: { ...MESSAGE, id: messageId },
        bounce: { ...bounce, message_id: null, spam_status: 'Spam', tag: null },
        bounce_type: 'hard',
        smtp_code: '5.1.1',
        diagnostic: 'no such user',
      },
    })
  })

  it('a bounce without a report has null in its place', async () => {
    expect((await tell({ kind: 'bounced', data: {} })).payload).toEqual({ original_message: MESSAGE, bounce: null })
  })

  it('a click has the target and the token of the link', async () => {
    const link = { url: 'https://shop.test/?a=<b>&c=ü', linkToken: 'Ab3dEf6hIj9kLm2n' }
    expect(await tell({ kind: 'clicked', data: { ...visit, ...link } })).toMatchObject({
      event: 'MessageLinkClicked',
      payload: {
        message: MESSAGE,
        url: link.url,
        token: link.linkToken,
        ip_address: '192.0.2.1',
        user_agent: null,
        automated: true,
        country: 'AT',
      },
    })
  })

  it('an open has no key of another family', async () => {
    const { event, payload } = await tell({ kind: 'opened', data: visit })
    expect(event).toBe('MessageLoaded')
    expect(payload).toEqual({ message: MESSAGE, ip_address: '192.0.2.1', user_agent: null, automated: true, country: 'AT' })
  })

  it.each([
    ['unsubscribed', 'MessageUnsubscribed'],
    ['complained', 'MessageComplained'],
    ['hold_cancelled', 'MessageHoldCancelled'],
  ] as const)('%s is %s, and its payload cannot be mistaken for a family of Postal', async (kind, event) => {
    const told = await tell({ kind, data: visit })
    expect(told).toMatchObject({ event, payload: { message: MESSAGE } })
    for (const key of ['status', 'bounce', 'original_message', 'url']) expect(told.payload).not.toHaveProperty(key)
    for (const key of ['status', 'rcpt_to']) expect(told).not.toHaveProperty(key)
  })
})

describe('of a mail server', () => {
  const checks = {
    spf: { status: 'ok', error: null },
    dkim: { status: 'invalid', error: 'The key is another.' },
    mx: { status: 'missing', error: 'There are no MX records.' },
    returnPath: { status: null, error: null },
  }

  it.each([
    ['dns_error', 'DomainDNSError'],
    ['dns_recovered', 'DomainDNSRecovered'],
  ] as const)('%s is %s', async (kind, event) => {
    const data = { domain: 'shop.test', domainUuid: 'domain', dnsCheckedAt: at.toISOString(), checks }
    const told = await tellOfServer({ id: engine.newId(), mailServerId: 1, at, kind, data })
    expect(told).toEqual({
      ...{ event, timestamp: expect.any(Number), uuid: expect.any(String) },
      payload: {
        ...{ server: SERVER, domain: 'shop.test', uuid: 'domain', dns_checked_at: seconds },
        ...{ spf_status: 'OK', spf_error: null, dkim_status: 'Invalid', dkim_error: 'The key is another.' },
        ...{ mx_status: 'Missing', mx_error: 'There are no MX records.', return_path_status: null, return_path_error: null },
      },
    })
  })

  it.each([
    ['limit_near', 'SendLimitApproaching'],
    ['limit_exceeded', 'SendLimitExceeded'],
  ] as const)('%s is %s', async (kind, event) => {
    const told = await tellOfServer({ id: engine.newId(), mailServerId: 1, at, kind, data: { volume: 95, limit: 100 } })
    expect(told).toMatchObject({ event, payload: { server: SERVER, volume: 95, limit: 100 } })
  })
})

it('every event that can be chosen has a payload', async () => {
  const [rows] = await database.db.$client.query('SELECT DISTINCT event FROM webhook_requests')
  expect((rows as unknown as { event: string }[]).map(({ event }) => event).sort()).toEqual([...WEBHOOK_EVENTS].sort()) // as selected
})
