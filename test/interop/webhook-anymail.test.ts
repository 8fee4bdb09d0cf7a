/** Django with Anymail, unmodified and verifying signatures, understands our webhooks as it does Postal's. */
import { execFileSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { NewEvent } from '@posthaste/core/domain/event.ts'
import { postalSignatureHeaders } from '@posthaste/core/net/body-signatures.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { seedSender } from '@posthaste/test/support/engine.ts'
import { type RunningProcess, startProcess } from '@posthaste/test/support/processes.ts'
import { until } from '@posthaste/test/support/until.ts'
import {
  newEvent,
  PUBLIC_KEY,
  record,
  SENT,
  seedMessages,
  seedWebhook,
  startWebhookEngine,
  type WebhookEngine,
} from '@posthaste/test/support/webhook-engine.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** The system's own, for which Debian has the package. */
const PYTHON = '/usr/bin/python3'
const SCRIPT = fileURLToPath(new URL('webhook-anymail.py', import.meta.url))

function installed(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import anymail.webhooks.postal, cryptography'], { stdio: 'ignore' })
    return true
  } catch {
    process.stderr.write(
      'SKIPPED: Anymail is missing; apt-get install --no-install-recommends python3-django-anymail python3-cryptography\n',
    )
    return false
  }
}

/** As the DKIM record has it, which is where Anymail's users take it from. */
const RECORD_KEY = createPublicKey(PUBLIC_KEY).export({ type: 'spki', format: 'der' }).toString('base64')

type Heard = { readonly type: string } & Readonly<Record<string, unknown>>

describe.skipIf(!installed())('Anymail', () => {
  let database: TestDatabase
  let engine: WebhookEngine
  let django: RunningProcess
  let port = ''
  let messageId = 0

  beforeAll(async () => {
    database = await createTestDatabase()
    await seedSender(database.db)
    django = await startProcess(PYTHON, [SCRIPT, RECORD_KEY], { name: 'django' })
    port = (await django.line(/listening on (\d+)/))[1] ?? ''
    await seedWebhook(database.db, { id: 5, url: `http://127.0.0.1:${port}/postal/tracking/` })
    engine = await startWebhookEngine(database)
    engine.work()
    const [id = 0] = await seedMessages(database.db, engine.newId, 1)
    messageId = id
  })
  afterAll(async () => {
    await engine[Symbol.asyncDispose]()
    await django.stop()
    await database[Symbol.asyncDispose]()
  })

  const heard = (): Heard[] => django.log.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Heard] : [])) // as the script prints
  /** What Anymail says about the next event. */
  async function tell(more: Partial<NewEvent>): Promise<Heard> {
    const before = heard().length
    await record(database.db, [newEvent(engine.newId(), messageId, more)])
    return until(() => heard()[before], { what: () => `Anymail to say something; it said ${django.log.slice(-5).join('\n')}` })
  }
  const visit = { ipAddress: '192.0.2.1', userAgent: 'Mozilla/5.0', automated: false }

  it('knows what became of a message', async () => {
    expect(await tell({})).toMatchObject({
      type: 'delivered',
      message_id: messageId,
      recipient: 'user0@receiver.test',
      tags: ['order'],
      description: 'Message accepted',
      mta_response: '250 2.0.0 Ok',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(await tell({ kind: 'delayed', data: { ...SENT, output: '451 later' } })).toMatchObject({
      type: 'deferred',
      mta_response: '451 later',
    })
    expect(await tell({ kind: 'failed' })).toMatchObject({ type: 'failed' })
    expect(await tell({ kind: 'held', data: { ...SENT, output: '' } })).toMatchObject({ type: 'queued', mta_response: '' })
  })

  it('knows a bounce, a click and an open', async () => {
    expect(await tell({ kind: 'bounced', data: { bounceType: 'hard', smtpCode: '5.1.1' } })).toMatchObject({
      type: 'bounced',
      reject_reason: 'bounced',
      recipient: 'user0@receiver.test',
    })
    const click = { ...visit, url: 'https://shop.test/offer?a=1&b=ü', linkToken: 'Ab3dEf6hIj9kLm2n' }
    expect(await tell({ kind: 'clicked', data: click })).toMatchObject({ type: 'clicked', click_url: click.url, user_agent: 'Mozilla/5.0' })
    expect(await tell({ kind: 'opened', data: visit })).toMatchObject({ type: 'unknown', user_agent: 'Mozilla/5.0' })
  })

  it('accepted the signature of every request', async () => {
    const [rows] = await database.db.$client.query('SELECT DISTINCT status_code AS code FROM webhook_attempts')
    expect((rows as unknown as { code: number }[]).map(({ code }) => code)).toEqual([200]) // as selected
  })

  it('refuses what was changed on the way', async () => {
    const body = Buffer.from('{"event":"MessageSent"}')
    const headers = postalSignatureHeaders(await engine.sender.sign(Buffer.from('{"event":"MessageHeld"}')))
    const answer = await fetch(`http://127.0.0.1:${port}/postal/tracking/`, { method: 'POST', body, headers })
    expect(answer.status).toBe(400)
  })

  it('takes raw mail that is signed as we sign', async () => {
    const mail = 'From: ana@client.test\r\nTo: help@shop.test\r\nSubject: A question\r\n\r\nHow?\r\n'
    const message = Buffer.from(mail).toString('base64')
    const body = JSON.stringify({
      id: 9301,
      rcpt_to: 'help@shop.test',
      mail_from: 'ana@client.test',
      message,
      base64: true,
      size: mail.length,
    })
    const headers = postalSignatureHeaders(await engine.sender.sign(Buffer.from(body)))
    const before = heard().length
    const answer = await fetch(`http://127.0.0.1:${port}/postal/inbound/`, { method: 'POST', body, headers })
    expect(answer.status).toBe(200)
    expect(heard()[before] ?? (await until(() => heard()[before], { what: 'inbound mail' }))).toMatchObject({
      type: 'inbound',
      id: 9301,
      sender: 'ana@client.test',
      recipient: 'help@shop.test',
      subject: 'A question',
      text: 'How?\r\n',
    })
  })
})
