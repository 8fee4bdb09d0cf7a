/** What is on disk once a mail was answered with 250. */

import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { playDialogue } from '../support/smtp-client.ts'
import { until } from '../support/until.ts'
import { type FrontDoor, HOSTNAME, openFrontDoor } from './front-door.ts'
import { forgetMessages, storedMessages } from './stored.ts'
import { addIpCredential, newIds } from './tenant.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door[Symbol.asyncDispose]())
beforeEach(() => forgetMessages(door.database.db))

const plain = () => Buffer.from(`\0x\0${door.shop.key}`).toString('base64')

/** One mail through the port that behaves as Postal's did. `as` null is nobody. */
function send(
  mail: string,
  { from = 'a@shop.test', to = ['ana@remote.test'], as = plain() as string | null, answer = '250 2.0.0 OK *' } = {},
) {
  const text = [
    'S: 220 *',
    'C: EHLO app.test',
    'S* 250-*',
    'S: 250 *',
    ...(as === null ? [] : [`C: AUTH PLAIN ${as}`, 'S: 235 *']),
    `C: MAIL FROM:<${from}> SMTPUTF8`,
    'S: 250 *',
    ...to.flatMap((address) => [`C: RCPT TO:<${address}>`, 'S: 250 *']),
    'C: DATA',
    'S: 354 *',
    ...mail.split('\n').map((line) => `C: ${line}`),
    'C: .',
    `S: ${answer}`,
    'C: QUIT',
    'S: 221 *',
    'EOF',
  ]
  return playDialogue(text.join('\n'), { port: door.ports.postal })
}

const stored = () => storedMessages(door.database.db)
const idOf = (transcript: string) => /OK id=([\d,]+)/.exec(transcript)?.[1]

describe('submitted mail', () => {
  it('is one raw mail, one message for each recipient, and a queue entry for each, answered with the ids', async () => {
    const transcript = await send('From: a@shop.test\nSubject: x\n\nHello\n..dot', {
      to: ['ana@remote.test', 'ben@remote.test', 'ana@remote.test'],
    })
    const messages = await stored()
    expect(messages).toMatchObject([
      { rcpt_to: 'ana@remote.test', mail_from: 'a@shop.test', scope: 'outgoing', queued: 1, bounce: 0, received_with_tls: 0 },
      { rcpt_to: 'ben@remote.test', domain_id: door.shop.domainId, credential_id: door.shop.credentialId },
    ])
    expect(idOf(transcript)).toBe(messages.map(({ id }) => id).join(','))
    expect(messages[0]?.raw).toMatch(/\r\n\r\nHello\r\n\.dot\r\n$/)
  })

  it('tells by which protocol it came, and whether inside TLS', async () => {
    const { shop, ports } = door
    const login = { auth: { user: 'x', pass: shop.key }, host: '127.0.0.1', tls: { rejectUnauthorized: false } }
    for (const options of [
      { ...login, port: ports.submission, requireTLS: true },
      { ...login, port: ports.submissions, secure: true },
      { ...login, port: ports.postal, ignoreTLS: true },
    ]) {
      const transport = createTransport(options)
      await transport.sendMail({ from: 'a@shop.test', to: 'ana@remote.test', subject: 's', text: 't' })
      transport.close()
    }
    const messages = await stored()
    expect(messages.map(({ raw }) => / with (\w+);/.exec(raw)?.[1])).toEqual(['ESMTPSA', 'ESMTPSA', 'ESMTPA'])
    expect(messages.map(({ received_with_tls }) => received_with_tls)).toEqual([1, 1, 0])
    expect(messages[0]?.raw).toMatch(new RegExp(`^Received: from \\S+ \\(client\\.test \\[127\\.0\\.0\\.1\\]\\)\r\n\tby ${HOSTNAME} with`))
  })

  it('gets the Date and Message-ID it lacks, and keeps those it has', async () => {
    await send('From: a@shop.test\n\nx')
    await send('From: a@shop.test\nDate: Mon, 1 Jan 2024 00:00:00 +0000\nMessage-ID: <mine@shop.test>\n\nx')
    const [bare, complete] = await stored()
    expect(bare?.raw).toMatch(/^Date: /m)
    expect(bare?.message_id).toMatch(/^[0-9a-f-]{36}@rp\.posthaste\.test$/)
    expect(complete?.message_id).toBe('mine@shop.test')
    expect(complete?.raw.match(/^(Date|Message-ID): /gm)).toHaveLength(2)
  })

  it('loses hidden recipients and ids that only we give', async () => {
    await send(
      'Bcc: secret@remote.test\nFrom: a@shop.test\nX-Postal-MsgID: forged\nbcc: more@remote.test,\n even@more.test\nSubject: kept\n\nBcc: in the body',
    )
    const [message] = await stored()
    expect(message?.raw).not.toMatch(/secret|forged|more@|even@/)
    expect(message?.raw).toMatch(/From: a@shop\.test\r\nSubject: kept\r\n\r\nBcc: in the body\r\n$/)
  })

  it.each([
    ['no header at all', 'Hello there', '530 5.7.1 *'],
    ['an empty mail', '', '530 5.7.1 *'],
  ])('is refused with %s, as nobody can be its sender', async (_name, mail, answer) => {
    await send(mail, { answer })
    expect(await stored()).toEqual([])
  })

  it('is complete without a body too', async () => {
    await send('From: a@shop.test')
    expect((await stored())[0]?.raw).toMatch(/From: a@shop\.test\r\n\r\n$/)
  })

  it('is stored once under one idempotency key, and answered with the same id', async () => {
    const mail = (subject: string) => `From: a@shop.test\nX-Posthaste-Idempotency-Key: order-17\nSubject: ${subject}\n\nx`
    const first = await send(mail('one'))
    const second = await send(mail('two'))
    expect(idOf(second)).toBe(idOf(first))
    await send(mail('three'), { to: ['other@remote.test'], answer: '550 5.5.4 *' })
    const messages = await stored()
    expect(messages).toHaveLength(1)
    expect(messages[0]?.raw).not.toMatch(/idempotency/i)
  })

  it('keeps addresses in every language', async () => {
    await send('From: Пошта <пошта@shop.test>\nSubject: こんにちは\n\nx', { from: 'пошта@shop.test', to: ['用户@例え.jp'] })
    expect(await stored()).toMatchObject([{ rcpt_to: '用户@例え.jp', mail_from: 'пошта@shop.test', subject: 'こんにちは' }])
  })

  it('notes that the credential was used', async () => {
    const lastUse = async () => {
      const [rows] = await door.database.db.$client.query('SELECT last_used_at FROM credentials WHERE last_used_at IS NOT NULL')
      return Array.isArray(rows) && rows.length > 0
    }
    await until(lastUse, { what: 'the last use to be written' })
  })
})

describe('who may send as whom', () => {
  const change = (table: 'mail_servers' | 'domains', values: Record<string, unknown>) =>
    door.database.db.$client.query('UPDATE ?? SET ? WHERE id = ?', [
      table,
      values,
      table === 'domains' ? door.shop.domainId : door.shop.mailServerId,
    ])
  const foreign = 'From: ceo@bank.test\nSender: a@shop.test\n\nx'

  it('is judged by Sender only where that is allowed', async () => {
    await send(foreign, { answer: '530 5.7.1 *' })
    await change('mail_servers', { allow_sender: true })
    await send(foreign)
    await change('mail_servers', { allow_sender: false })
  })

  it('is free where a domain may be used for any', async () => {
    await change('domains', { use_for_any: true })
    await send('From: ceo@bank.test, b@elsewhere.test\n\nx')
    await change('domains', { use_for_any: false })
    expect(await stored()).toMatchObject([{ domain_id: door.shop.domainId }])
  })

  it('needs a verified domain', async () => {
    await change('domains', { verified_at: null })
    await send('From: a@shop.test\n\nx', { answer: '530 5.7.1 *' })
    await change('domains', { verified_at: new Date() })
  })

  it('hides the client in privacy mode', async () => {
    await change('mail_servers', { privacy_mode: true })
    await send('From: a@shop.test\n\nx')
    await change('mail_servers', { privacy_mode: false })
    expect((await stored())[0]?.raw).toMatch(new RegExp(`^Received: by ${HOSTNAME} with ESMTPA; `))
  })
})

describe('incoming mail', () => {
  const outside = { as: null, from: 'ana@remote.test' }

  it('is one message for each endpoint of its route, under the address it was sent to', async () => {
    await send('Subject: x\n\nx', { ...outside, to: ['Info+tag@SHOP.test', 'whoever@shop.test'] })
    expect(await stored()).toMatchObject([
      {
        scope: 'incoming',
        rcpt_to: 'Info+tag@SHOP.test',
        endpoint_type: 'http',
        domain_id: door.shop.domainId,
        credential_id: null,
        queued: 1,
      },
      { scope: 'incoming', rcpt_to: 'Info+tag@SHOP.test', endpoint_type: 'http' },
      { scope: 'incoming', rcpt_to: 'whoever@shop.test', endpoint_type: null },
    ])
  })

  it('to a route token is stored under the route', async () => {
    await send('Subject: x\n\nx', { ...outside, to: [`${door.shop.routeToken}+tag1@routes.posthaste.test`] })
    expect((await stored())[0]?.rcpt_to).toBe('info+tag1@shop.test')
  })

  it('to a return path is a bounce, with its token kept', async () => {
    const address = `${door.shop.token}+AbCdEfGhIjKlMnOp@rp.posthaste.test`
    await send('Subject: x\n\nx', { as: null, from: '', to: [address] })
    expect(await stored()).toMatchObject([
      { scope: 'incoming', bounce: 1, rcpt_to: address, mail_from: '', route_id: null, domain_id: null },
    ])
  })

  it('keeps its header fields, but cannot give us orders', async () => {
    await send('Bcc: me@remote.test\nX-Posthaste-Send-At: 2099-01-01\nX-Postal-Tag: mine\nSubject: x\n\nx', {
      ...outside,
      to: ['a@shop.test'],
    })
    const [message] = await stored()
    expect(message?.raw).toMatch(/Bcc: me@remote\.test/)
    expect(message?.raw).not.toMatch(/X-Posthaste|X-Postal-Tag|Message-ID/i)
  })

  it('with a body and no header is kept as a body', async () => {
    await send('Hello there', { ...outside, to: ['a@shop.test'] })
    expect((await stored())[0]?.raw).toMatch(/^Received: [\s\S]*?\r\n\r\nHello there\r\n$/)
  })

  it('is relayed for who comes from a known network, the narrowest one first', async () => {
    const world = { db: door.database.db, vault: door.vault, newId: newIds() }
    await addIpCredential(world, door.suspended.mailServerId, '127.0.0.0/8')
    await addIpCredential(world, door.shop.mailServerId, 'nonsense')
    const credentialId = await addIpCredential(world, door.shop.mailServerId, '127.0.0.1')
    await send('From: a@shop.test\n\nx', { as: null, to: ['ana@remote.test'] })
    expect(await stored()).toMatchObject([{ scope: 'outgoing', credential_id: credentialId }])
    expect((await stored())[0]?.raw).toMatch(/ with ESMTP;/)
  })
})
