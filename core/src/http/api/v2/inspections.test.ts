/** API v2 says what a mail is, as the command line does; of another's mail, of junk and of too much it says so in a problem. */
import { readFile } from 'node:fs/promises'
import { addTenant, type Tenant } from '@posthaste/test/support/api-v1.ts'
import { startTestWeb, type TestWeb } from '@posthaste/test/support/web.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIntake } from '../../../intake/accept.ts'
import { inspectMail } from '../../../manage/inspect.ts'
import { saveInspections } from '../../../store/inspections.ts'

let web: TestWeb
let shop: Tenant
let other: Tenant
beforeAll(async () => {
  web = await startTestWeb({ env: { SMTP_SERVER_MAX_MESSAGE_SIZE: '1' } })
  shop = await addTenant(web)
  other = await addTenant(web)
})
afterAll(() => web[Symbol.asyncDispose]())

const bounce = await readFile(new URL('../../../../../test/corpus/bounces/001-postfix-unknown.eml', import.meta.url))

async function call(path: string, { key = shop.key as string | null, ...init }: RequestInit & { key?: string | null } = {}) {
  const authorization = key === null ? {} : { Authorization: `Bearer ${key}` }
  const response = await fetch(`${web.url}/api/v2${path}`, { ...init, headers: { ...authorization, ...init.headers } })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const inspect = (body: BodyInit, query = '', headers: Record<string, string> = { 'Content-Type': 'message/rfc822' }) =>
  call(`/inspections${query}`, { method: 'POST', body, headers })

type Incoming = { readonly raw: Buffer; readonly scope?: 'incoming' | 'outgoing' }

async function stored({ raw, scope = 'incoming' }: Incoming) {
  const { accept } = createIntake({ ...web.core, node: web.core.lease.node })
  const receipt = await accept({
    ...{ mailServerId: shop.mailServerId, raw, receivedWithTls: true, credentialId: null },
    recipients: [{ scope, rcptTo: 'us@shop.test', mailFrom: '', domainId: shop.mailServerId * 10 }],
  })
  const [message] = receipt.messages
  return { id: message?.id ?? 0, token: message?.token ?? '' }
}

describe('a mail that is sent in', () => {
  it('is told as the command line tells it', async () => {
    const { status, headers, body } = await inspect(bounce, '?offline=true&rcptTo=us@shop.test')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual(await inspectMail(bounce, { resolve: null, hostname: 'x' }, { rcptTo: 'us@shop.test' }))
    expect(body).toMatchObject({ kind: 'bounce', class: 'unknown_user', permanent: true, authentication: null })
  })

  it('has its sender judged', async () => {
    const { status, body } = await inspect(bounce)
    expect(status).toBe(200)
    expect(body).toMatchObject({ kind: 'bounce', authentication: { spf: 'temperror', arc: 'none' } })
  })

  it.each([
    ['nothing', '', 422, 'body'],
    ['too much', 'x'.repeat(1_100_000), 413, 'body'],
  ])('is refused when it is %s', async (_what, mail, status, field) => {
    expect(await inspect(mail)).toMatchObject({ status, body: { status, field, request_id: expect.any(String) } })
  })

  it('is refused in any other form', async () => {
    const form = await inspect('a=b', '', { 'Content-Type': 'application/x-www-form-urlencoded' })
    expect(form).toMatchObject({ status: 415, body: { code: 'input.unsupported', field: 'body' } })
    expect(form.headers.get('content-type')).toBe('application/problem+json')
  })

  it('is refused with a query that is not valid, whose field is named', async () => {
    expect(await inspect(bounce, '?offline=maybe')).toMatchObject({ status: 422, body: { code: 'input.invalid', field: 'offline' } })
    expect((await inspect(bounce, `?mailFrom=${'a'.repeat(321)}`)).body.field).toBe('mailFrom')
  })

  it('may hold anything', async () => {
    for (const junk of [
      Buffer.alloc(1_000),
      Buffer.from('From: \xff\r\n', 'latin1'),
      Buffer.from(`${'Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n'.repeat(2_000)}`),
    ])
      expect((await inspect(new Uint8Array(junk), '?offline=true')).body.kind).toBe('ordinary')
  })
})

describe('a mail that came in', () => {
  it('is told by number and by token, as it was understood then', async () => {
    const { id, token } = await stored({ raw: bounce })
    const now = await call(`/messages/${id}/inspection`)
    expect(now).toMatchObject({
      status: 200,
      body: { messageId: id, kind: 'bounce', class: 'unknown_user', authentication: null, scan: null },
    })

    const { meaning: _, authentication: __, ...read } = await inspectMail(bounce, { resolve: null, hostname: 'x' })
    const verdicts = { spf: 'pass', dkim: [], dmarc: 'pass', dmarcPolicy: null, arc: 'none' }
    const inspection = {
      ...{
        messageId: id,
        mailServerId: shop.mailServerId,
        spamScore: 7.5,
        threat: false,
        threatDetails: '',
        incomplete: false,
        checks: [],
      },
      authentication: { verdicts, header: '' },
      report: { ...read, class: 'mailbox_full' },
      createdAt: new Date(),
    }
    await saveInspections(web.db, [{ inspection, scanned: true }])
    const then = await call(`/messages/${token}/inspection`)
    expect(then.body).toMatchObject({ class: 'mailbox_full', meaning: 'The mailbox is full.', authentication: verdicts })
    expect(then.body.scan).toEqual({ spam: true, spamScore: 7.5, threat: false, threatDetails: '', incomplete: false, checks: [] })
  })

  it('is gone when it is no longer stored', async () => {
    const { id } = await stored({ raw: Buffer.from('Subject: x\r\n\r\nHello') })
    await web.db.$client.query('DELETE FROM raw_mails WHERE id = (SELECT raw_mail_id FROM messages WHERE id = ?)', [id])
    expect(await call(`/messages/${id}/inspection`)).toMatchObject({ status: 410, body: { code: 'message.raw_removed' } })
  })

  it("is not there for another mail server, and nothing is for what goes out, is none's or is no number", async () => {
    const { id, token } = await stored({ raw: bounce })
    const out = await stored({ raw: bounce, scope: 'outgoing' })
    for (const name of [id, token]) {
      expect(await call(`/messages/${name}/inspection`, { key: other.key })).toMatchObject({
        status: 404,
        body: { code: 'message.not_found' },
      })
    }
    for (const name of [out.id, '1', 'x', '9999999999999999999', '%00', "'"])
      expect((await call(`/messages/${name}/inspection`)).status).toBe(404)
  })
})
