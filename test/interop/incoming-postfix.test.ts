/** A real Postfix brings us mail for a route, and a real bounce of its own for a mail that we sent. */
import { eventsOfMessage } from '@posthaste/core/store/events.ts'
import { findMessage } from '@posthaste/core/store/messages.ts'
import { startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, startEngine } from '@posthaste/test/support/engine.ts'
import { until } from '@posthaste/test/support/until.ts'
import { startWebhookReceiver, type WebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, openFrontDoor } from '../dialogues/front-door.ts'
import { installed, type Relay, startPostfix } from './smtp-programs.ts'

const MAIL = (to: string) => `From: Ana <ana@client.test>\nTo: ${to}\nSubject: Hello\nMessage-ID: <p1@client.test>\n\nHello\n`

describe.skipIf(!installed('postfix'))('Postfix', () => {
  let door: FrontDoor
  let engine: Engine
  let app: WebhookReceiver
  let relay: Relay | undefined
  let dns: Awaited<ReturnType<typeof startDnsServer>>

  beforeAll(async () => {
    door = await openFrontDoor()
    app = await startWebhookReceiver()
    await door.database.db.$client.query('UPDATE http_endpoints SET url = ?', [app.url])
    dns = await startDnsServer()
    engine = await startEngine({ db: door.database.db, dns: dns.address, smtpPort: 1 })
    relay = await startPostfix(door.ports.mx)
  })

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
    await app[Symbol.asyncDispose]()
    await dns[Symbol.asyncDispose]()
    await door[Symbol.asyncDispose]()
  })

  async function sentBefore(rcptTo: string) {
    const { shop, database } = door
    const recipients = [{ scope: 'outgoing' as const, rcptTo, mailFrom: 'a@shop.test', domainId: shop.domainId }]
    const raw = Buffer.from('From: a@shop.test\r\nSubject: Order\r\n\r\nOrder\r\n')
    const { messages } = await engine.intake.accept({
      mailServerId: shop.mailServerId,
      raw,
      receivedWithTls: true,
      credentialId: null,
      recipients,
    })
    const [message] = messages
    if (!message) throw new Error('nothing was accepted')
    await database.db.$client.query('DELETE FROM queue_entries WHERE message_id = ?', [message.id])
    await database.db.$client.query("UPDATE messages SET status = 'sent' WHERE id = ?", [message.id])
    return message
  }

  it('has its mail handed to both endpoints of a route', async () => {
    engine.work()
    expect(await relay?.send(MAIL('info@shop.test'), 'ana@client.test', ['info+7@shop.test'])).toMatchObject({ code: 0 })
    const [first, second] = (await app.received(2, 30_000)).map((request) => request.json() as Record<string, unknown>)
    expect(first).toMatchObject({ rcpt_to: 'info+7@shop.test', mail_from: 'ana@client.test', subject: 'Hello', plain_body: 'Hello\r\n' })
    expect(second?.id).not.toBe(first?.id)
    expect(engine.faults).toEqual([])
  })

  it('has its own bounce understood, and the message marked', async () => {
    const { shop, database } = door
    const original = await sentBefore('no@shop.test')
    // Postfix is the far side here: it takes the mail, cannot deliver it, and writes to our return path.
    await relay?.send(MAIL('no@shop.test'), `${shop.token}+${original.token}@rp.posthaste.test`, ['no@shop.test'])
    const bounced = await until(
      async () => {
        const message = await findMessage(database.db, shop.mailServerId, original.id)
        return message?.status === 'bounced' && message
      },
      { what: 'the message to be bounced', timeoutMs: 30_000 },
    )
    const event = (await eventsOfMessage(database.db, bounced.id)).at(-1)
    expect(event).toMatchObject({ kind: 'bounced', data: { bounceType: 'hard', diagnostic: expect.stringContaining('550') } })
  })
})
