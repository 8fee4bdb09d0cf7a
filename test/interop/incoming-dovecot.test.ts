/** swaks brings mail to our port, and a real Dovecot takes it from us by LMTP: it lies in the mailbox, or its refusal becomes our bounce. */

import { readReport } from '@posthaste/core/mail/read-report.ts'
import { createRoute } from '@posthaste/core/manage/routes.ts'
import { createSmtpEndpoint, updateSmtpEndpointSettings } from '@posthaste/core/manage/smtp-endpoints.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, startEngine } from '@posthaste/test/support/engine.ts'
import { makeDue } from '@posthaste/test/support/make-due.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { manageOn } from '@posthaste/test/support/verbs.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, openFrontDoor } from '../dialogues/front-door.ts'
import { lmtpInstalled, type Mailboxes, startDovecot } from './dovecot-mailboxes.ts'
import { installed, runProgram } from './smtp-programs.ts'

const BOX = 'box@shop.test'

describe.skipIf(!lmtpInstalled() || !installed('swaks'))('Dovecot as an SMTP endpoint that speaks LMTP', () => {
  let door: FrontDoor
  let dns: DnsServer
  let sender: Receiver
  let dovecot: Mailboxes
  let engine: Engine
  let endpoint: { mailServerId: number; id: number }

  const manage = () => manageOn(door.database.db, door.vault)

  beforeAll(async () => {
    door = await openFrontDoor()
    dovecot = await startDovecot('store.shop.test', { [BOX]: null, 'full@shop.test': 1 })
    dns = await startDnsServer({
      zone: {
        'store.shop.test': { A: ['127.0.0.1'] },
        'client.test': { MX: ['10 mx.client.test'] },
        'mx.client.test': { A: ['127.0.0.1'] },
      },
    })
    sender = await startReceiver({ dns: dns.address })
    const { mailServerId, domainId } = door.shop
    const store = { name: 'Store', hostname: 'store.shop.test', port: dovecot.port, protocol: 'lmtp', tlsMode: 'none' }
    const { id } = await createSmtpEndpoint(manage(), { mailServerId, ...store })
    endpoint = { mailServerId, id }
    for (const name of ['box', 'full', 'nobody'])
      await createRoute(manage(), { mailServerId, domainId, name, endpoint: { endpointType: 'smtp', endpointId: id } })
    engine = await startEngine({ db: door.database.db, dns: dns.address, smtpPort: sender.port, vault: door.vault, transcripts: 'all' })
    engine.work()
  }, 60_000)
  afterAll(async () => {
    for (const one of [engine, dovecot, sender, dns, door]) await one?.[Symbol.asyncDispose]()
  })

  const swaks = (to: string, subject: string) =>
    runProgram('swaks', [
      ...['--server', '127.0.0.1', '--port', String(door.ports.mx), '--from', 'ana@client.test', '--to', to],
      ...['--header', `Subject: ${subject}`, '--body', 'Where is it?\n.dot'],
    ])
  const mailIn = (address: string, subject: string) =>
    until(async () => (await dovecot.mails(address)).find((mail) => mail.includes(`\nSubject: ${subject}`)), {
      what: () => [`${subject} in the mailbox`, ...dovecot.log.slice(-10)].join('\n'),
      timeoutMs: 20_000,
    })

  it('has the mail in the mailbox, with our findings in front', async () => {
    expect(await swaks(BOX, 'by LMTP')).toMatchObject({ code: 0 })
    const mail = await mailIn(BOX, 'by LMTP')
    expect(mail).toMatch(new RegExp(`^Return-Path: <${door.shop.token}\\+\\w+@rp\\.test>`, 'm'))
    expect(mail).toMatch(/^X-Postal-Spam: no/m)
    expect(mail).toMatch(/^Authentication-Results: mx\.mail\.test;/m)
    expect(mail).toMatch(/\nWhere is it\?\n\.dot\n/)
  })

  it('keeps its +tag, and takes several mails on one session', async () => {
    await Promise.all(['one', 'two', 'three'].map((subject) => swaks('box+sales@shop.test', subject)))
    for (const subject of ['one', 'two', 'three']) expect(await mailIn(BOX, subject)).toMatch(/^Delivered-To: box\+sales@shop\.test/m)
    expect(engine.faults).toEqual([])
  })

  it('takes it over TLS when the endpoint is edited to ask for that, also mail that waits', async () => {
    await updateSmtpEndpointSettings(manage(), { ...endpoint, port: 1 })
    await swaks(BOX, 'waiting')
    const [message] = await until(async () => waiting(), { what: 'the message to wait' })
    await updateSmtpEndpointSettings(manage(), { ...endpoint, port: dovecot.port, tlsMode: 'auto' })
    await makeDue(door.database.db, { where: `message_id = ${message}` })
    await mailIn(BOX, 'waiting')
    const [rows] = await door.database.db.$client.query(
      'SELECT status, sent_with_tls AS tls FROM deliveries WHERE message_id = ? ORDER BY id',
      [message],
    )
    expect(rows).toMatchObject([{ status: 'soft_failed' }, { status: 'sent', tls: 1 }])
  })

  async function waiting(): Promise<number[] | undefined> {
    const [rows] = await door.database.db.$client.query("SELECT id FROM messages WHERE status = 'soft_failed'")
    const ids = (rows as unknown as { id: number }[]).map(({ id }) => id) // as selected
    return ids.length > 0 ? ids : undefined
  }

  it('that knows no such mailbox, or whose mailbox is full after the data, is quoted in the bounce to the sender', async () => {
    await swaks('nobody@shop.test', 'to nobody')
    expect(readReport((await sender.mailTo('ana@client.test')).raw)).toMatchObject({
      kind: 'bounce',
      class: 'unknown_user',
      status: '5.1.1',
    })
    await swaks('full@shop.test', 'first')
    await mailIn('full@shop.test', 'first')
    await swaks('full@shop.test', 'second')
    const bounces = await until(
      () => {
        const mails = sender.mails
        return mails.length > 1 && mails
      },
      { what: 'a second bounce', timeoutMs: 20_000 },
    )
    expect(readReport(bounces[1]?.raw ?? Buffer.alloc(0))).toMatchObject({ kind: 'bounce', class: 'mailbox_full', status: '5.2.2' })
  })
})
