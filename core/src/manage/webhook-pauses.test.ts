/** Owners of paused webhooks are told by a mail that a real server takes. */
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createSystemMailer } from '../net/system-mail.ts'
import { writeWebhookHealth } from '../store/webhook-targets.ts'
import { createManageFixture, type ManageFixture, type Tenant } from './manage.fixture.ts'
import { tellPausedWebhooks } from './webhook-pauses.ts'
import { createWebhook, updateWebhookSettings } from './webhooks.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

let fixture: ManageFixture
let receiver: Receiver
let tenant: Tenant
let id: number

beforeAll(async () => {
  fixture = await createManageFixture()
  receiver = await startReceiver({ dns: fixture.dns.address })
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})
beforeEach(async () => {
  receiver.clear()
  const name = `Acme ${fixture.manage.newId()}`
  tenant = await fixture.tenant(name)
  const url = 'https://crm.example/hook?password=hush'
  const { webhook } = await createWebhook(fixture.manage, { mailServerId: tenant.mailServerId, name: 'CRM ✓', url })
  id = webhook.id
})

const paused = (since: Date) =>
  writeWebhookHealth(fixture.manage.db, { id, failuresInARow: 12, openUntil: since, lastUsedAt: null, now: since })
const works = () =>
  writeWebhookHealth(fixture.manage.db, { id, failuresInARow: 0, openUntil: null, lastUsedAt: null, now: fixture.manage.clock() })
const tell = (port = receiver.port) => {
  const server = {
    host: '127.0.0.1',
    port,
    user: null,
    password: null,
    authentication: 'plain',
    tls: 'offered',
    verifyCertificate: false,
  } as const
  const mailer = createSystemMailer({ ...server, fromName: 'Posthaste', fromAddress: 'post@host.example' })
  return tellPausedWebhooks(fixture.manage, { ...mailer, webUrl: 'https://post.host.example' })
}
const addressOf = async (role: 'owner' | 'admin' | 'member'): Promise<string> => {
  const { actor, db } = await tenant.member(role)
  const [rows] = await db.$client.query('SELECT email_address AS address FROM users WHERE id = ?', ['id' in actor ? actor.id : 0])
  return (rows as unknown as { address: string }[])[0]?.address ?? '' // as selected
}

it('goes to owners and admins, says what is wrong since when, and shows no password', async () => {
  const told = [await addressOf('owner'), await addressOf('admin')]
  await addressOf('member')
  await fixture.manage.db.$client.query(
    `INSERT INTO webhook_attempts (id, mail_server_id, webhook_id, request_id, attempt, url, status_code, ms, response_body, will_retry, created_at)
     VALUES (?, ?, ?, 1, 1, '', 503, 1, 'hush hush', TRUE, ?)`,
    [fixture.manage.newId(), tenant.mailServerId, id, fixture.manage.clock()],
  )
  await paused(fixture.manage.clock())
  expect(await tell()).toBe(0)
  fixture.passMs(15 * MINUTE_MS)
  expect(await tell()).toBe(1)
  const [mail] = receiver.mails
  expect(mail?.rcptTo.toSorted()).toEqual(told.toSorted())
  expect(mail?.mailFrom).toBe('post@host.example')
  const text = (mail?.raw.toString() ?? '').replace(/=\r\n/g, '')
  expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/im)
  expect(text).toMatch(/https:\/\/crm\.example\/hook\?/)
  expect(text).not.toContain('hush')
  expect(text).toContain('2027-01-01 00:')
  expect(text).toContain('12 in a row, the last one: HTTP 503')
  expect(text).toContain('/servers/transactional/webhooks')
  expect(await fixture.audited()).toContain('webhook.owner_told')
})

it('comes once for each pause, and once a day at most', async () => {
  await addressOf('owner')
  await paused(fixture.manage.clock())
  fixture.passMs(20 * MINUTE_MS)
  expect([await tell(), await tell()]).toEqual([1, 0])
  fixture.passMs(3 * DAY_MS)
  expect(await tell()).toBe(0)
  await works()
  await paused(fixture.manage.clock())
  fixture.passMs(20 * MINUTE_MS)
  expect(await tell()).toBe(1)
  fixture.passMs(MINUTE_MS)
  await works()
  await paused(fixture.manage.clock())
  fixture.passMs(20 * MINUTE_MS)
  expect(await tell()).toBe(0)
  fixture.passMs(DAY_MS)
  expect(await tell()).toBe(1)
  expect(receiver.mails).toHaveLength(3)
})

it('is sent by one of several workers', async () => {
  await addressOf('owner')
  await paused(fixture.manage.clock())
  fixture.passMs(20 * MINUTE_MS)
  const told = await Promise.all([tell(), tell(), tell()])
  expect(told.toSorted()).toEqual([0, 0, 1])
  expect(receiver.mails).toHaveLength(1)
})

it('is tried again when the mail server was away, and not sent when the webhook works meanwhile or is switched off', async () => {
  await addressOf('owner')
  await paused(fixture.manage.clock())
  fixture.passMs(20 * MINUTE_MS)
  await expect(tell(9)).rejects.toThrow('could not be told')
  expect(await tell()).toBe(1)
  await works()
  fixture.passMs(2 * DAY_MS)
  expect(await tell()).toBe(0)
  await paused(fixture.manage.clock())
  await updateWebhookSettings(fixture.manage, { id, enabled: false })
  fixture.passMs(20 * MINUTE_MS)
  expect(await tell()).toBe(0)
})
