/** The page of a message says why it waits: every attempt with what was said, what holds it up, and to operators where that can be changed. */
import { relaySite } from '@posthaste/core/delivery/couriers/target.ts'
import { addRelay } from '@posthaste/core/manage/relays.ts'
import { addSiteLimit } from '@posthaste/core/store/site-limits.ts'
import { type AdminSite, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exactTime } from '../ui/time.tsx'

const HOUR_MS = 3_600_000
const RELAY = { host: 'relay.example', port: 25, tlsMode: 'auto', mailServerId: null, user: null } as const
const REPLY = '421 4.7.0 [TSS04] too many complaints about news@books.example'

let site: AdminSite
beforeAll(async () => {
  site = await startAdminSite()
})
afterAll(() => site[Symbol.asyncDispose]())

it('shows attempts in plain words and in full, and keeps what others were told from a customer', async () => {
  const { manage } = site
  const { db, clock, newId } = manage
  const acme = await site.tenant('Acme')
  const operator = await visitorOf(site, { name: 'Olga Operator', admin: true })
  const owner = await visitorOf(site, { name: 'Otto Owner', in: [acme, 'owner'] })
  await addRelay(manage, { host: RELAY.host })
  const id = await acme.mail({ rcptTo: 'ana@far.example' })
  await acme.became(id, {
    ...{ status: 'soft_failed', details: 'Put off.', output: '451 4.7.1 Greylisted, said at 2026-13-45T00:00:00.000Z' },
    trace: { host: 'relay.example', sourceIp: '192.0.2.25', replyClass: 'greylisted' },
  })
  await db.$client.query(
    'INSERT INTO delivery_transcripts (delivery_id, mail_server_id, transcript) SELECT id, mail_server_id, ? FROM deliveries WHERE message_id = ?',
    ['> RCPT TO:<ana@far.example>\n< 451 4.7.1 Greylisted', id],
  )
  const until = new Date(clock().getTime() + HOUR_MS)
  await addSiteLimit(db, {
    ...{
      id: newId(),
      site: relaySite([RELAY]),
      sourceIp: '',
      kind: 'suspend',
      amount: null,
      ipPool: null,
      rule: 'yahoo-complaints',
      reply: REPLY,
    },
    ...{ createdAt: clock(), until },
  })
  const [asOwner, asOperator] = await Promise.all([owner.get(`${acme.path}/messages/${id}`), operator.get(`${acme.path}/messages/${id}`)])
  for (const { body } of [asOwner, asOperator]) {
    expect(body).toContain('The server lets unknown senders wait')
    expect(body).toContain('to relay.example · from 192.0.2.25')
    expect(body).toContain('&gt; RCPT TO:&lt;ana@far.example&gt;')
    const time = `<time datetime="${until.toISOString()}">${exactTime(until, 'Europe/Berlin')}</time>`
    expect(body).toContain(`Nothing is sent there until ${time}, by the rule yahoo-complaints`)
    expect(body).toContain('said at 2026-13-45T00:00:00.000Z')
  }
  expect(asOwner.body).toContain('It goes through a relay of this installation.')
  expect(asOperator.body).toContain('Mail for far.example goes through the relay relay.example:25')
  expect(asOwner.body).not.toContain('books.example')
  expect(asOwner.body).not.toContain('href="/sites')
  expect(asOperator.body).toContain('books.example')
  expect(asOperator.body).toContain(`href="/sites/${encodeURIComponent(relaySite([RELAY]))}"`)

  const [ownQueue, queue] = await Promise.all([owner.get(`${acme.path}/queue`), operator.get(`${acme.path}/queue`)])
  expect(ownQueue.body).not.toContain('href="/sites')
  expect(queue.body).toContain('href="/sites/far.example"')
})
