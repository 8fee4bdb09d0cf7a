/** From the List-Unsubscribe of a delivered mail to the suppression list, as mail programs and people go that way. RFC 8058 */
import { randomBytes } from 'node:crypto'
import { createIds } from '@posthaste/core/domain/ids.ts'
import { createTrackingRecorder } from '@posthaste/core/events/record-tracking.ts'
import { createTrackingHosts, type TrackingHosts } from '@posthaste/core/http/tracking.ts'
import { listSuppressions } from '@posthaste/core/store/suppressions.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, MAIL_SERVER_ID, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

const clock = () => new Date()
const keys = { current: 1, keys: new Map([[1, randomBytes(32)]]) }

let database: TestDatabase
let dns: DnsServer
let receiver: Receiver
let engine: Engine
let hosts: TrackingHosts

beforeAll(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } } })
  receiver = await startReceiver({ dns: dns.address })
  const { db } = database
  const newId = createIds({ node: 9, clock })
  hosts = createTrackingHosts({
    ...{ keys, clock, clientAddress: () => '192.0.2.1', requestHost: () => 'click.shop.test' },
    recordTrackingEvents: createTrackingRecorder({ db, node: 9, newId, clock }),
    onFault: (fault) => {
      throw fault
    },
  })
  engine = await startEngine({ db, dns: dns.address, smtpPort: receiver.port, trackingKeys: keys })
  engine.work()
})
afterAll(async () => {
  for (const one of [engine, hosts, receiver, dns, database]) await one?.[Symbol.asyncDispose]()
})

const offer = (offers: boolean, tls = true) =>
  database.db.$client.query(
    `REPLACE INTO tracking_domains (id, mail_server_id, domain_id, uuid, host, tls, track_clicks, track_opens, offer_unsubscribe, dns_status, created_at)
     VALUES (1, 1, 1, 'track', 'click.shop.test', ?, FALSE, FALSE, ?, 'ok', NOW(3))`,
    [tls, offers],
  )

async function delivered(rcptTo: string): Promise<string> {
  await engine.send([rcptTo])
  return (await receiver.mailTo(rcptTo)).raw.toString()
}

const linkIn = (mail: string): string => /^List-Unsubscribe: <(.*)>\r$/m.exec(mail)?.[1] ?? ''

it('is offered where it was asked for, by HTTPS with one click', async () => {
  await offer(false)
  expect(await delivered('no@receiver.test')).not.toMatch(/^List-Unsubscribe/m)
  await offer(true, false)
  const plain = await delivered('plain@receiver.test')
  expect(linkIn(plain)).toMatch(/^http:\/\/click\.shop\.test\/u\//)
  expect(plain).not.toMatch(/^List-Unsubscribe-Post/m)
  await offer(true)
  const mail = await delivered('yes@receiver.test')
  expect(linkIn(mail)).toMatch(/^https:\/\/click\.shop\.test\/u\//)
  expect(mail).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
})

it('asks people, takes mail programs at their word, and holds the next mail to that address alone', async () => {
  await offer(true)
  const link = linkIn(await delivered('Ana@receiver.test'))
  const question = await hosts.app.request(link)
  expect([question.status, await question.text()]).toEqual([200, expect.stringContaining('Unsubscribe?')])
  expect(await listSuppressions(database.db, { mailServerId: MAIL_SERVER_ID, now: clock() })).toEqual([])

  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })
  expect((await hosts.app.request(link, { method: 'POST', body })).status).toBe(200)
  const [suppression, ...others] = await listSuppressions(database.db, { mailServerId: MAIL_SERVER_ID, now: clock() })
  expect(suppression).toMatchObject({ address: 'ana@receiver.test', reason: 'unsubscribed', source: 'unsubscribe', keepUntil: null })
  expect(others).toEqual([])

  const { messages } = await engine.send(['ana@RECEIVER.test', 'bob@receiver.test'])
  const [held, sent] = messages.map(({ id }) => id)
  await engine.untilStatus(held ?? 0, 'held')
  expect((await engine.deliveries(held ?? 0))[0]).toMatchObject({ details: expect.stringContaining('(reason: unsubscribed)') })
  await engine.untilStatus(sent ?? 0, 'sent')
})

it('does not take a forged link', async () => {
  const link = linkIn(await delivered('eva@receiver.test'))
  const forged = `${link.slice(0, -4)}AAAA`
  expect((await hosts.app.request(forged, { method: 'POST' })).status).toBe(404)
  const found = await listSuppressions(database.db, { mailServerId: MAIL_SERVER_ID, now: clock(), search: 'eva' })
  expect(found).toEqual([])
})
