/** What clients written for Postal rely on: one test for each line of the conformance checklist. */
import { ReadableStream } from 'node:stream/web'
import { addTenant, type TenantOptions, type V1Answer, v1Client, v1Fetch } from '@posthaste/test/support/api-v1.ts'
import { startTestWeb, type TestWeb } from '@posthaste/test/support/web.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

let web: TestWeb
beforeAll(async () => {
  web = await startTestWeb()
})
afterAll(() => web[Symbol.asyncDispose]())

async function tenant(options: TenantOptions = {}) {
  const made = await addTenant(web, options)
  const from = `Orders <orders@shop${made.mailServerId}.test>`
  const call = v1Client(web, made.key)
  const mail = { from, to: ['ana@client.test'], subject: 'Hello', plain_body: 'Hello' }
  return { ...made, call, from, mail, send: (more: object = {}) => call('send/message', { ...mail, ...more }) }
}

const addresses = (count: number, name = 'a') => Array.from({ length: count }, (_, n) => `${name}${n}@client.test`)
const base64 = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n')).toString('base64')
const shape = ({ httpStatus, status, data }: V1Answer) => ({ httpStatus, status, data })
const refused = (code: string, message?: string, more: object = {}) => ({
  httpStatus: 200,
  status: 'error',
  data: { code, ...(message === undefined ? {} : { message }), ...more },
})
const wrong = (message: string) => ({ httpStatus: 200, status: 'parameter-error', data: { message } })
const FROM_REFUSED = refused('UnauthenticatedFromAddress', 'The From address is not authorised to send mail from this server')

it('1: no key, an unknown key, an SMTP key and a suspended server get their four answers, with any body', async () => {
  const smtp = await addTenant(web, { credentialType: 'smtp' })
  const suspended = await addTenant(web, { suspended: 'mail_server' })
  const orphan = await addTenant(web, { suspended: 'organization' })
  const deleted = await addTenant(web, { deleted: true })
  const unknown = (key: string) =>
    refused('InvalidServerAPIKey', 'The API token provided in X-Server-API-Key was not valid.', {
      token: key.slice(0, 4).padEnd(key.length, '*'),
    })
  for (const body of [undefined, '{"id":1}', '{broken']) {
    const ask = async (key: string | undefined) => shape(await v1Client(web, key)('messages/message', body))
    expect(await ask(undefined)).toEqual(refused('AccessDenied', 'Must be authenticated as a server.'))
    expect(await ask('  ')).toEqual(refused('AccessDenied', 'Must be authenticated as a server.'))
    for (const key of ['nobodyskey', smtp.key, deleted.key]) expect(await ask(key)).toEqual(unknown(key))
    for (const { key } of [suspended, orphan]) expect(await ask(key)).toEqual(refused('ServerSuspended'))
  }
})

it('1: a key fits exactly, without regard for how a database compares text', async () => {
  const { key } = await addTenant(web)
  const swapped = key.replace(/[a-z]/i, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
  expect((await v1Client(web, swapped)('messages/message', { id: 1 })).data.code).toBe('InvalidServerAPIKey')
})

it('2: the wrapped form by POST and by GET, and every method, give the same answer as JSON', async () => {
  const { key, call, send } = await tenant()
  const { data } = await send()
  const parameters = { id: data.messages['ana@client.test'].id, _expansions: ['status', 'details'] }
  const expected = shape(await call('messages/message', parameters))
  expect(expected.status).toBe('success')

  const params = new URLSearchParams({ params: JSON.stringify(parameters) })
  const url = `${web.url}/api/v1/messages/message`
  const headers = { 'X-Server-API-Key': key }
  const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }
  const multipart = new FormData()
  multipart.append('params', JSON.stringify(parameters))
  const asked = [
    await v1Fetch(url, { method: 'POST', headers: form, body: params.toString() }),
    await v1Fetch(url, { method: 'POST', headers, body: new TextEncoder().encode(params.toString()) }), // no content type
    await v1Fetch(url, { method: 'POST', headers, body: multipart }),
    await v1Fetch(`${url}?${params}`, { headers }),
    await v1Fetch(`${url}?${params}`, { method: 'POST', headers: { ...headers, 'Content-Type': 'text/plain' }, body: 'x' }),
    await v1Fetch(`${url}?id=${parameters.id}`, {
      method: 'PUT',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ _expansions: parameters._expansions }),
    }),
    await v1Fetch(url, { method: 'PATCH', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(parameters) }),
  ]
  for (const answer of asked) expect(shape(answer)).toEqual(expected)
  expect(shape(await v1Fetch(`${url}?id=${parameters.id}`, { headers }))).toEqual(wrong('`id` parameter is required but is missing'))
})

it('2: other methods are not offered, and HEAD sends nothing', async () => {
  const { key } = await tenant()
  for (const method of ['DELETE', 'OPTIONS', 'HEAD']) {
    const response = await fetch(`${web.url}/api/v1/send/message`, { method, headers: { 'X-Server-API-Key': key } })
    expect([method, response.status]).toEqual([method, 404])
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  }
  expect((await fetch(`${web.url}/api/v1/send/letter`, { method: 'POST' })).status).toBe(404)
})

it('3: a trailing slash, a format suffix, a charset and a chunked body are taken', async () => {
  const { key, mail } = await tenant()
  const body = JSON.stringify(mail)
  const headers = { 'X-Server-API-Key': key, 'Content-Type': 'application/json; charset=utf-8' }
  for (const path of ['send/message', 'send/message/', 'send/message.json']) {
    const answer = await v1Fetch(`${web.url}/api/v1/${path}`, { method: 'POST', headers, body })
    expect(answer).toMatchObject({ httpStatus: 200, status: 'success' })
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  }
  const chunks = ReadableStream.from([body.slice(0, 10), body.slice(10)].map((part) => new TextEncoder().encode(part)))
  const chunked = { method: 'POST', headers, body: chunks, duplex: 'half' } as unknown as RequestInit // fetch demands `duplex`, its types do not know it
  expect(await v1Fetch(`${web.url}/api/v1/send/message`, chunked)).toMatchObject({ status: 'success' })
})

it('3: text that is no JSON is a parameter error with HTTP 400, in both forms', async () => {
  const { call, key } = await tenant()
  const expected = { httpStatus: 400, status: 'parameter-error', data: { message: 'The parameters are not valid JSON' } }
  expect(shape(await call('send/message', '{"to":'))).toEqual(expected)
  const wrapped = await v1Fetch(`${web.url}/api/v1/send/message?params=%7B`, { headers: { 'X-Server-API-Key': key } })
  expect(shape(wrapped)).toEqual(expected)
  expect(shape(await call('send/message', '[1]'))).toEqual(wrong('The parameters should be a JSON object'))
})

it('4: a body of nulls and empty lists with one recipient is sent', async () => {
  const { send } = await tenant()
  const nothing = { cc: [], bcc: [], sender: null, reply_to: null, html_body: null, tag: null, bounce: null, headers: null }
  const odd = [
    nothing,
    { ...nothing, headers: [] },
    { attachments: [5, 'text', null, []] },
    { unknown: { a: 1 } },
    { headers: { 'X-N': 5 } },
  ]
  for (const more of odd) expect(await send(more)).toMatchObject({ status: 'success' })
})

it('5: fifty addresses in each list pass and fifty-one do not', async () => {
  const { send } = await tenant()
  const all = await send({ to: addresses(50, 'to'), cc: addresses(50, 'cc'), bcc: addresses(50, 'bcc') })
  expect(Object.keys(all.data.messages)).toEqual([...addresses(50, 'to'), ...addresses(50, 'cc'), ...addresses(50, 'bcc')])
  for (const [field, name] of [
    ['to', 'To'],
    ['cc', 'CC'],
    ['bcc', 'BCC'],
  ] as const) {
    expect(shape(await send({ [field]: addresses(51) }))).toEqual(
      refused(`TooMany${name}Addresses`, `The maximum number of ${name} addresses has been reached (maximum 50)`),
    )
  }
})

it('5: lists, texts with commas and names in front of addresses come to bare recipients, each once', async () => {
  const { send } = await tenant()
  const keys = async (more: object) => Object.keys((await send(more)).data.messages)
  expect(await keys({ to: 'a@x.test, "Doe, Jane" <jane@x.test> ,b@x.test' })).toEqual(['a@x.test', 'jane@x.test', 'b@x.test'])
  expect(await keys({ to: ['Ana (home) <Ana.B@X.test>', 'c@x.test'] })).toEqual(['Ana.B@X.test', 'c@x.test'])

  const twice = await send({ to: ['same@x.test'], cc: ['Same <same@X.TEST>'], bcc: 'same@x.test' })
  expect(twice.data.messages['same@x.test']).toEqual(twice.data.messages['same@X.TEST'])
  const [rows] = await web.db.$client.query('SELECT COUNT(*) AS count FROM messages WHERE rcpt_to IN (?)', [['same@x.test', 'same@X.TEST']])
  expect(rows).toEqual([{ count: 1 }])
})

it('5: an address that no mail server could take is a parameter error', async () => {
  const { send } = await tenant()
  for (const to of [[''], ['nobody'], ['a b@@c'], [`${'a'.repeat(300)}@x.test`]]) {
    expect(await send({ to })).toMatchObject({
      httpStatus: 200,
      status: 'parameter-error',
      data: { message: expect.stringContaining('`to`') },
    })
  }
})

it('6: what is missing is reported in the known order', async () => {
  const { send } = await tenant()
  expect(await send({ to: null, bcc: ['b@x.test'] })).toMatchObject({ status: 'success' })
  const attachments = [{ name: 'a.txt', data: 'SGVsbG8=' }]
  const noContent = refused('NoContent', 'There is no content defined for this e-mail')
  expect(shape(await send({ plain_body: null, attachments }))).toEqual(noContent)
  expect(shape(await send({ plain_body: ' \r\n\t', html_body: '  ', from: null }))).toEqual(noContent)
  expect(shape(await send({ from: null }))).toEqual(refused('FromAddressMissing', 'The From address is missing and is required'))
  expect(shape(await send({ to: '', from: null, plain_body: null }))).toEqual(
    refused('NoRecipients', 'There are no recipients defined to receive this message'),
  )
  const nameless = refused('AttachmentMissingName', 'An attachment is missing a name')
  expect(shape(await send({ attachments: [{ data: 'x' }] }))).toEqual(nameless)
  expect(shape(await send({ attachments: [{ name: '' }] }))).toEqual(nameless)
  expect(shape(await send({ attachments: [{ name: 'a' }] }))).toEqual(refused('AttachmentMissingData', 'An attachment is missing data'))
  expect(await send({ attachments: [{ name: 'empty', data: '' }] })).toMatchObject({ status: 'success' })
  expect(shape(await send({ from: 'a@foreign.test', attachments: [{}] }))).toEqual(FROM_REFUSED)
})

it('6: wrong types are parameter errors that name the parameter', async () => {
  const { send } = await tenant()
  expect(shape(await send({ to: { a: 1 } }))).toEqual(wrong('`to` should be an Array or a String'))
  expect(shape(await send({ cc: [1] }))).toEqual(wrong('`cc` should be an Array or a String'))
  expect(shape(await send({ from: 5 }))).toEqual(wrong('`from` should be a String'))
  expect(shape(await send({ attachments: 'x' }))).toEqual(wrong('`attachments` should be an Array'))
  expect(shape(await send({ headers: { 'X-A': {} } }))).toEqual(wrong('`headers` should have Strings as values'))
})

it('7: the From domain has to be verified, and be the mail server’s or its organization’s', async () => {
  const { send, mailServerId } = await tenant({ organizationDomain: 'group.test', unverifiedDomain: 'unverified.test' })
  for (const from of [`a@shop${mailServerId}.test`, `A <a@SHOP${mailServerId}.test>`, 'a@group.test', 'Company, Inc. <a@group.test>']) {
    expect([from, (await send({ from })).status]).toEqual([from, 'success'])
  }
  for (const from of ['a@unverified.test', `a@mail.shop${mailServerId}.test`, 'a@foreign.test', 'nobody', 'a@group.test, b@foreign.test']) {
    expect([from, shape(await send({ from }))]).toEqual([from, FROM_REFUSED])
  }
  const any = await tenant({ useForAny: true })
  expect(await any.send({ from: 'a@foreign.test' })).toMatchObject({ status: 'success' })
})

it('7: Sender authorises only where the mail server allows it', async () => {
  const allowed = await tenant({ allowSender: true })
  expect(await allowed.send({ from: 'a@foreign.test', sender: allowed.from })).toMatchObject({ status: 'success' })
  const not = await tenant()
  expect(shape(await not.send({ from: 'a@foreign.test', sender: not.from }))).toEqual(FROM_REFUSED)
})

it('8: send/raw asks for its parameters in order, and takes an empty list as nothing to do', async () => {
  const { call, mailServerId } = await tenant()
  const missing = (name: string) => wrong(`\`${name}\` parameter is required but is missing`)
  const data = base64(`From: a@shop${mailServerId}.test\n\nHello\n`)
  expect(shape(await call('send/raw', {}))).toEqual(missing('rcpt_to'))
  expect(shape(await call('send/raw', { rcpt_to: 'a@x.test' }))).toEqual(wrong('`rcpt_to` should be an Array of Strings'))
  expect(shape(await call('send/raw', { rcpt_to: ['a@x.test'], mail_from: ' ' }))).toEqual(missing('mail_from'))
  expect(shape(await call('send/raw', { rcpt_to: ['a@x.test'], mail_from: 'a@b.test', data: '' }))).toEqual(missing('data'))
  expect(shape(await call('send/raw', { rcpt_to: [], mail_from: 'a@b.test', data }))).toEqual({
    httpStatus: 200,
    status: 'success',
    data: { message_id: null, messages: {} },
  })
})

it('8: send/raw sends once to duplicates and completes the mail, changing nothing else', async () => {
  const { call, mailServerId } = await tenant()
  const rest = `From: a@shop${mailServerId}.test\nSubject: Raw\n\nHello\n.\nbye\n`
  const data = Buffer.from(rest.replace('Subject', 'Bcc: secret@x.test\nSubject')).toString('base64') // lines end in LF alone
  const sent = await call('send/raw', {
    rcpt_to: ['a@x.test', 'a@x.test', 'b@x.test'],
    mail_from: 'any@where.test',
    data: `${data.slice(0, 9)}\n ${data.slice(9)}`,
  })
  expect(Object.keys(sent.data.messages)).toEqual(['a@x.test', 'b@x.test'])
  expect(sent.data.message_id).toMatch(/^[0-9a-f-]{36}@rp\.postal\.test$/)
  const { data: read } = await call('messages/message', { id: sent.data.messages['a@x.test'].id, _expansions: true })
  expect(Buffer.from(read.raw_message, 'base64').toString()).toMatch(
    new RegExp(`^Message-ID: <${sent.data.message_id}>\r\nDate: [^\r\n]+\r\n${rest.replaceAll('\n', '\r\n')}$`),
  )
  expect(read.details).toMatchObject({ mail_from: 'any@where.test', received_with_ssl: true, direction: 'outgoing' })
})

it('8: send/raw refuses a mail with a foreign author beside our own, or none', async () => {
  const { call, from } = await tenant()
  for (const headers of [
    `From: ${from}, b@foreign.test`,
    `From: ${from}\nFrom: b@foreign.test`,
    'Subject: nobody',
    `From:\nSender: ${from}`,
  ]) {
    const sent = await call('send/raw', { rcpt_to: ['a@x.test'], mail_from: 'a@b.test', data: base64(`${headers}\n\nHello\n`) })
    expect(shape(sent)).toEqual(FROM_REFUSED)
  }
})

it('9: each expansion alone, all of them, and unknown names', async () => {
  const { call, send } = await tenant()
  const sent = await send({
    html_body: '<p>Grüße</p>',
    tag: 'order',
    attachments: [{ name: 'note.txt', content_type: 'text/plain', data: 'SGVsbG8=' }],
  })
  const { id, token } = sent.data.messages['ana@client.test']
  expect(id).toSatisfy(Number.isSafeInteger)
  expect(token).toMatch(/^[A-Za-z0-9]{16}$/)
  const all = await call('messages/message', { id, _expansions: true })
  const { id: _id, token: _token, ...expansions } = all.data
  for (const [name, value] of Object.entries(expansions)) {
    expect((await call('messages/message', { id, _expansions: [name, 'unknown', 5] })).data).toEqual({ id, token, [name]: value })
  }
  expect(all.data).toMatchObject({
    status: { status: 'Pending', last_delivery_attempt: null, held: false, hold_expiry: null },
    details: {
      rcpt_to: 'ana@client.test',
      subject: 'Hello',
      size: expect.stringMatching(/^\d+$/),
      bounce: false,
      bounce_for_id: 0,
      tag: 'order',
    },
    inspection: { inspected: false, spam: false, spam_score: 0, threat: false, threat_details: null },
    plain_body: 'Hello',
    html_body: '<p>Grüße</p>',
    attachments: [
      { filename: 'note.txt', content_type: 'text/plain', data: 'SGVsbG8=\n', size: 5, hash: 'f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0' },
    ],
    headers: { subject: ['Hello'], to: ['ana@client.test'] },
    activity_entries: { loads: [], clicks: [] },
  })
  for (const _expansions of [undefined, [], 'status', { status: true }]) {
    expect((await call('messages/message', { id, _expansions })).data).toEqual({ id, token })
  }
})

it('9: ids are integers or digits; another server’s message does not exist; structures are refused', async () => {
  const { call, send } = await tenant()
  const stranger = await tenant()
  const { id, token } = (await send()).data.messages['ana@client.test']
  const found = { httpStatus: 200, status: 'success', data: { id, token } }
  expect(shape(await call('messages/message', { id }))).toEqual(found)
  expect(shape(await call('messages/message', { id: String(id) }))).toEqual(found)
  for (const action of ['messages/message', 'messages/deliveries']) {
    const none = (echo: unknown) => refused('MessageNotFound', 'No message found matching provided ID', { id: echo })
    expect(shape(await stranger.call(action, { id }))).toEqual(none(id))
    for (const other of [55, '55', 0, -1, 1e300, '99999999999999999999'])
      expect(shape(await call(action, { id: other }))).toEqual(none(other))
    for (const odd of [{ id: 1 }, [id], true, 1.5, 'abc', '1 OR 1=1'])
      expect(shape(await call(action, { id: odd }))).toEqual(wrong('`id` should be an Integer'))
    for (const absent of [undefined, null, ''])
      expect(shape(await call(action, { id: absent }))).toEqual(wrong('`id` parameter is required but is missing'))
  }
})

it('9: once retention has removed the raw mail there is no content, and no size', async () => {
  const { call, send, mailServerId } = await tenant()
  const { id } = (await send({ attachments: [{ name: 'a', data: 'SGVsbG8=' }] })).data.messages['ana@client.test']
  await web.db.$client.query('DELETE FROM raw_mails WHERE mail_server_id = ?', [mailServerId])
  expect((await call('messages/message', { id, _expansions: true })).data).toMatchObject({
    details: { subject: 'Hello', size: null },
    plain_body: null,
    html_body: null,
    attachments: [],
    headers: {},
    raw_message: null,
  })
})

it('9: opens and clicks are listed, oldest first', async () => {
  const { call, send, mailServerId } = await tenant()
  const { id } = (await send()).data.messages['ana@client.test']
  const visit = (sequence: number, kind: string, data: object) =>
    web.db.$client.query('INSERT INTO events (id, mail_server_id, message_id, sequence, kind, at, data) VALUES (?, ?, ?, ?, ?, ?, ?)', [
      ...[id + sequence, mailServerId, id, sequence, kind, new Date(`2026-03-01T10:2${sequence}:30.123Z`), JSON.stringify(data)],
    ])
  const who = { ipAddress: '198.51.100.7', userAgent: 'Mozilla/5.0' }
  await visit(1, 'sent', { status: 'sent' })
  await visit(2, 'opened', who)
  await visit(3, 'clicked', { ...who, url: 'https://shop.example/o' })
  await visit(4, 'opened', { ipAddress: '198.51.100.8', userAgent: null })
  const seen = { ip_address: '198.51.100.7', user_agent: 'Mozilla/5.0' }
  expect((await call('messages/message', { id, _expansions: ['activity_entries'] })).data.activity_entries).toEqual({
    loads: [
      { ...seen, timestamp: '2026-03-01T10:22:30.123Z' },
      { ip_address: '198.51.100.8', user_agent: null, timestamp: '2026-03-01T10:24:30.123Z' },
    ],
    clicks: [{ url: 'https://shop.example/o', ...seen, timestamp: '2026-03-01T10:23:30.123Z' }],
  })
})

it('10: deliveries are a list, empty at first, that strict clients can read', async () => {
  const { call, send, mailServerId } = await tenant()
  const { id } = (await send()).data.messages['ana@client.test']
  expect(shape(await call('messages/deliveries', { id }))).toEqual({ httpStatus: 200, status: 'success', data: [] })
  const add = (delivery: number, ...values: unknown[]) =>
    web.db.$client.query(
      'INSERT INTO deliveries (id, message_id, mail_server_id, status, details, output, sent_with_tls, log_id, ms, created_at) VALUES (?)',
      [[delivery, id, mailServerId, ...values, new Date('2026-03-01T10:20:31.204Z')]],
    )
  await add(1, 'held', '', '', null, null, null)
  await add(2, 'sent', 'x'.repeat(300), ' 250 2.0.0 queued \n', true, '7QK2M0ZD', 1_423)
  expect((await call('messages/deliveries', { id })).data).toEqual([
    { id: 1, status: 'Held', details: '', output: null, sent_with_ssl: false, log_id: null, time: null, timestamp: 1772360431.204 },
    {
      ...{ id: 2, status: 'Sent', details: 'x'.repeat(250), output: '250 2.0.0 queued', sent_with_ssl: true },
      ...{ log_id: '7QK2M0ZD', time: 1.42, timestamp: 1772360431.204 },
    },
  ])
})

it('11: every answer has its four keys, and all base64 wraps at sixty characters', async () => {
  const { call, send } = await tenant()
  const sent = await send({ attachments: [{ name: 'a', data: Buffer.alloc(200, 7).toString('base64') }] })
  const read = await call('messages/message', { id: sent.data.messages['ana@client.test'].id, _expansions: true })
  for (const answer of [sent, read, await call('send/raw', {}), await call('messages/deliveries', { id: 5 })]) {
    expect(answer.time).toBeTypeOf('number')
    expect(answer.flags).toEqual({})
    expect(['success', 'error', 'parameter-error']).toContain(answer.status)
    expect(answer.data).not.toBeNull()
  }
  for (const text of [read.data.raw_message, read.data.attachments[0].data])
    expect(text).toMatch(/^([A-Za-z0-9+/=]{60}\n)*[A-Za-z0-9+/=]{1,60}\n$/)
})
