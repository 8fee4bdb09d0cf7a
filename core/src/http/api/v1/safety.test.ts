/** What API v1 adds without changing what clients know: repeats, limits, inline images; and how it stands hostile input and a lost database. */
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { addTenant, type TenantOptions, v1Client } from '@posthaste/test/support/api-v1.ts'
import { until } from '@posthaste/test/support/until.ts'
import { startTestWeb, type TestWeb } from '@posthaste/test/support/web.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let web: TestWeb
beforeAll(async () => {
  web = await startTestWeb({ env: { SMTP_SERVER_MAX_MESSAGE_SIZE: '1' } })
})
afterAll(() => web[Symbol.asyncDispose]())

async function tenant(options: TenantOptions = {}) {
  const made = await addTenant(web, options)
  const call = v1Client(web, made.key)
  const from = `orders@shop${made.mailServerId}.test`
  const mail = { from, to: ['ana@client.test'], subject: 'Hello', plain_body: 'Hello' }
  const send = (more: object = {}, headers = {}) => call('send/message', { ...mail, ...more }, headers)
  const read = async (sent: { data: { messages: Record<string, { id: number }> } }) =>
    (await call('messages/message', { id: sent.data.messages['ana@client.test']?.id, _expansions: true })).data
  return { ...made, call, from, send, read }
}

async function count(sql: string, ...values: unknown[]): Promise<number> {
  const [rows] = await web.db.$client.query(`SELECT COUNT(*) AS count FROM ${sql}`, values)
  return Number((rows as unknown as { count: number }[])[0]?.count)
}

it('stores one raw mail for 150 recipients, with an entry in the queue for each', async () => {
  const { send, mailServerId } = await tenant()
  const list = (name: string) => Array.from({ length: 50 }, (_, n) => `${name}${n}@client.test`)
  const sent = await send({ to: list('to'), cc: list('cc'), bcc: list('bcc') })
  expect(Object.keys(sent.data.messages)).toHaveLength(150)
  expect(await count('raw_mails WHERE mail_server_id = ?', mailServerId)).toBe(1)
  expect(await count('queue_entries WHERE mail_server_id = ?', mailServerId)).toBe(150)
})

it('notes when a key was used, soon after', async () => {
  const { send, credentialId } = await tenant()
  await send()
  await until(() => count('credentials WHERE id = ? AND last_used_at IS NOT NULL', credentialId), { what: 'the use to be noted' })
})

describe('an Idempotency-Key', () => {
  const key = { 'Idempotency-Key': 'order 7781' }

  it('brings the first answer again, also while the first call is on its way', async () => {
    const { send, mailServerId } = await tenant()
    const answers = await Promise.all(Array.from({ length: 8 }, () => send({}, key)))
    expect(new Set(answers.map(({ status, data }) => JSON.stringify([status, data]))).size).toBe(1)
    expect((await send({}, key)).data).toEqual(answers[0]?.data)
    expect(await count('messages WHERE mail_server_id = ?', mailServerId)).toBe(1)
  })

  it('is refused for another mail, and is nothing to another credential', async () => {
    const { send } = await tenant()
    await send({}, key)
    expect(await send({ subject: 'Other' }, key)).toMatchObject({
      httpStatus: 200,
      status: 'error',
      data: { code: 'IdempotencyKeyReused' },
    })
    expect(await (await tenant()).send({}, key)).toMatchObject({ status: 'success' })
  })

  it('has to be a short line', async () => {
    const { send } = await tenant()
    expect(await send({}, { 'Idempotency-Key': 'x'.repeat(256) })).toMatchObject({ status: 'parameter-error' })
  })
})

describe('limits', () => {
  it('hold a credential to its calls a minute, in the envelope', async () => {
    const { send } = await tenant({ callsPerMinute: 2 })
    expect([(await send()).status, (await send()).status]).toEqual(['success', 'success'])
    const excess = await send()
    expect(excess).toMatchObject({ httpStatus: 200, status: 'error', data: { code: 'RateLimitExceeded', message: expect.any(String) } })
    expect(Number(excess.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('hold an address that tries bad keys, and nobody who has a good one', async () => {
    const { send } = await tenant()
    const from = { 'X-Forwarded-For': '203.0.113.9' }
    const bad = () => v1Client(web, randomBytes(12).toString('hex'))('messages/message', { id: 1 }, from)
    const answers = []
    for (let n = 0; n < 60 && answers.at(-1) !== 'RateLimitExceeded'; n += 1) {
      answers.push((await bad()).data.code)
      if (n > 20) web.core.directory.credentialByKeyHash.clear()
      await until(() => true, { what: 'the next try' })
    }
    expect(answers.slice(0, 20)).toEqual(Array(20).fill('InvalidServerAPIKey'))
    await until(async () => (await bad()).data.code === 'RateLimitExceeded', { what: 'the address to be held' })
    expect(await send({}, from)).toMatchObject({ status: 'success' })
    expect((await v1Client(web, 'badkey')('messages/message', { id: 1 })).data.code).toBe('InvalidServerAPIKey')
  })

  it('refuse a mail that is too large, however it comes', async () => {
    const { call, send, from } = await tenant()
    const large = randomBytes(1_200_000).toString('base64')
    const tooLarge = { httpStatus: 200, status: 'error', data: { code: 'MessageTooLarge' } }
    expect(await send({ attachments: [{ name: 'a', data: large }] })).toMatchObject(tooLarge)
    const data = Buffer.from(`From: ${from}\r\n\r\n${large}`).toString('base64')
    expect(await call('send/raw', { rcpt_to: ['a@x.test'], mail_from: from, data })).toMatchObject(tooLarge)
    expect(await send({ plain_body: 'x'.repeat(4_000_000) })).toMatchObject(tooLarge)
  })

  it('refuse a header of more fields than anybody writes', async () => {
    const { call, from } = await tenant()
    const wrong = { status: 'parameter-error', data: { message: expect.stringContaining('at most 5000 fields') } }
    const data = Buffer.from(`From: ${from}\r\n${'X-Field: x\r\n'.repeat(5_001)}\r\n`).toString('base64')
    expect(await call('send/raw', { rcpt_to: ['a@x.test'], mail_from: from, data })).toMatchObject(wrong)
  })
})

describe('mail is built', () => {
  it('with inline images by their content ids', async () => {
    const { send, read } = await tenant()
    const image = { name: 'logo.png', content_type: 'image/png', data: 'iVBORw0KGgo=' }
    const sent = await send({
      html_body: '<img src="cid:logo">',
      attachments: [
        { ...image, content_id: '<logo>' },
        { ...image, cid: 'two', disposition: 'inline' },
      ],
    })
    const raw = Buffer.from((await read(sent)).raw_message, 'base64').toString()
    expect(raw.match(/^Content-Id: <(logo|two)>/gim)).toHaveLength(2)
    expect(raw.match(/^Content-Disposition: inline/gim)).toHaveLength(2)
  })

  it('with custom Reply-To, Sender and Subject where the parameter is absent', async () => {
    const { send, read } = await tenant()
    const headers = {
      'Reply-To': 'help@x.test',
      Subject: 'Custom',
      Sender: 's@x.test',
      X_Order: 7781,
      Bcc: 'secret@x.test',
      'Message-ID': '<evil@x.test>',
    }
    const { headers: read1 } = await read(await send({ subject: null, headers }))
    expect(read1).toMatchObject({ 'reply-to': ['help@x.test'], subject: ['Custom'], sender: ['s@x.test'], 'x-order': ['7781'] })
    expect(read1).not.toHaveProperty('bcc')
    expect(read1['message-id'][0]).not.toContain('evil')
    expect((await read(await send({ headers }))).headers.subject).toEqual(['Hello'])
  })

  it('and nothing can be smuggled into its header', async () => {
    const { send } = await tenant()
    for (const more of [
      { subject: 'a\r\nBcc: b@x.test' },
      { headers: { 'X:Y': 'a' } },
      { headers: { 'X-Y': 'a\nb' } },
      { reply_to: 'a\0' },
      { to: ['a@x.test\r\nX: y <b@x.test>'] },
    ]) {
      expect(await send(more)).toMatchObject({ httpStatus: 200, status: 'parameter-error' })
    }
  })

  it('without a word about the client for mail servers in privacy mode', async () => {
    const open = await tenant()
    expect((await open.read(await open.send({}, { 'X-Forwarded-For': '192.0.2.10' }))).headers.received[0]).toMatch(
      /^from api \(.*\[192\.0\.2\.10\]\)\s+by postal\.test with HTTP; /,
    )
    const hidden = await tenant({ privacyMode: true })
    expect((await hidden.read(await hidden.send())).headers.received[0]).toMatch(/^by postal\.test with HTTP; /)
  })
})

describe('hostile input', () => {
  it.each([
    ['deep nesting', `{"to":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a huge list', JSON.stringify({ to: Array(200_000).fill('a@x.test') })],
    ['names of prototypes', '{"__proto__":{"to":["a@x.test"]},"constructor":1,"headers":{"__proto__":"x"}}'],
    ['half a character', '{"from":"\\ud800","to":["a@x.test"],"plain_body":"x"}'],
    ['a byte that is no text', '{"from":"\u0000"}'],
  ])('is answered: %s', async (_what, body) => {
    const { call } = await tenant()
    expect((await call('send/message', body)).httpStatus).toBeLessThan(500)
  })

  it('leaves the service well when clients leave in the middle', async () => {
    const { key, send } = await tenant()
    const left = Array.from({ length: 20 }, () => {
      const half = request(`${web.url}/api/v1/send/message`, {
        method: 'POST',
        headers: { 'X-Server-API-Key': key, 'Content-Length': 1000 },
      })
      half.on('error', () => undefined)
      half.write('{"from":')
      return new Promise((resolve) => half.on('close', resolve).on('socket', (socket) => socket.on('connect', () => half.destroy())))
    })
    await Promise.all(left)
    expect(await send()).toMatchObject({ status: 'success' })
  })
})
