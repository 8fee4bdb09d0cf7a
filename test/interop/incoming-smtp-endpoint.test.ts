/** A real Postfix with mailboxes is a customer's SMTP endpoint: it keeps what we hand over, and its refusal becomes our bounce. */
import { readReport } from '@posthaste/core/mail/read-report.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addRoute, addSmtpEndpoint, arrive } from '@posthaste/test/support/incoming-mail.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Mailboxes, startPostfixMailboxes } from './postfix-mailboxes.ts'
import { installed } from './smtp-programs.ts'

describe.skipIf(!installed('postfix') || process.getuid?.() !== 0)('Postfix as an SMTP endpoint', () => {
  let database: TestDatabase
  let dns: DnsServer
  let sender: Receiver
  let postfix: Mailboxes
  let engine: Engine

  beforeAll(async () => {
    database = await createTestDatabase()
    await seedSender(database.db)
    const zone = { 'box.client.test': { A: ['127.0.0.1'] }, 'client.test': { MX: ['10 box.client.test'] } }
    dns = await startDnsServer({ zone })
    sender = await startReceiver({ dns: dns.address })
    postfix = await startPostfixMailboxes({ domain: 'shop.test', mailbox: 'help@shop.test' })
    await addSmtpEndpoint(database.db, 'box.client.test', postfix.port)
    await addRoute(database.db, { endpoint: ['smtp', 1] })
    engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: sender.port })
    engine.work()
  }, 60_000)
  afterAll(async () => {
    for (const one of [engine, postfix, sender, dns, database]) await one?.[Symbol.asyncDispose]()
  })

  it('has the mail in its mailbox, with our findings in front and our return path', async () => {
    const message = await arrive(engine, { endpoint: ['smtp', 1] })
    await engine.untilStatus(message.id, 'sent')
    const mail = await until(async () => (await postfix.mails())[0], { what: 'mail in the mailbox', timeoutMs: 20_000 })
    expect(mail).toMatch(new RegExp(`^Return-Path: <abcdef\\+${message.token}@rp\\.test>`, 'm'))
    expect(mail).toMatch(/^Delivered-To: help@shop\.test/m)
    expect(mail).toMatch(/^X-Postal-Spam: no/m)
    expect(mail).toMatch(/^Authentication-Results: mx\.mail\.test;/m)
    expect(mail).toMatch(/\n\nHello\n/)
  })

  it('that knows no such mailbox is quoted in the bounce to the sender', async () => {
    const message = await arrive(engine, { endpoint: ['smtp', 1], rcptTo: 'help+nobody@shop.test' })
    await engine.untilStatus(message.id, 'hard_failed')
    const bounce = await sender.mailTo('ana@client.test')
    expect(readReport(bounce.raw)).toMatchObject({ kind: 'bounce', class: 'unknown_user', status: '5.1.1' })
  })
})
