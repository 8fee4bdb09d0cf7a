/** From intake through the queue to a receiving MX: sent, refused, and tried again. */

import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: Receiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({
    zone: {
      'receiver.test': { MX: ['10 mx.receiver.test'] },
      'mx.receiver.test': { A: ['127.0.0.1'] },
      'null.test': { MX: ['0 .'] },
      'closed.test': { MX: ['10 mx.closed.test'] },
      'mx.closed.test': { A: ['127.0.0.9'] },
    },
  })
  receiver = await startReceiver({ dns: dns.address, mailboxes: (address) => !address.startsWith('nobody') })
})

afterEach(async () => {
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const start = () => startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })

const queueLength = async (): Promise<number> => {
  const [rows] = await database.db.$client.query('SELECT COUNT(*) AS length FROM queue_entries')
  return (rows as unknown as { length: number }[])[0]?.length ?? -1 // as selected
}

describe('a mail that is taken', () => {
  it('arrives over TLS with our return path and is recorded as Postal would', async () => {
    await using engine = await start()
    engine.work()
    const { messages } = await engine.send(['ana@receiver.test'])
    const [message] = messages
    const mail = await receiver.mailTo('ana@receiver.test')

    expect(mail.mailFrom).toBe(`abcdef+${message?.token}@rp.test`)
    expect(mail.tls).toMatch(/^TLSv1\.[23]$/)
    expect(mail.raw.toString()).toContain(`X-Postal-MsgID: ${message?.token}\r\n`)
    expect(mail.raw.toString()).toContain('Hello\r\n.dot\r\n')

    await engine.untilStatus(message?.id ?? 0, 'sent')
    const [delivery] = await engine.deliveries(message?.id ?? 0)
    expect(delivery).toMatchObject({ status: 'sent', sentWithTls: true, output: expect.stringContaining('250') })
    expect(delivery?.details).toMatch(/^Message for ana@receiver\.test accepted by 127\.0\.0\.1:\d+ \(mx\.receiver\.test\)$/)
    expect(await queueLength()).toBe(0)
  })

  it('arrives once for every one of two thousand recipients, on few connections', async () => {
    await using engine = await start()
    engine.work()
    const addresses = Array.from({ length: 2_000 }, (_, n) => `user${n}@receiver.test`)
    for (let from = 0; from < addresses.length; from += 50) await engine.send(addresses.slice(from, from + 50))
    await receiver.mailTo('user1999@receiver.test', 60_000)
    await expect.poll(queueLength, { timeout: 30_000 }).toBe(0)

    expect(receiver.mails.map((mail) => mail.rcptTo[0]).sort()).toEqual(addresses.sort())
    expect(engine.faults).toEqual([])
  })
})

describe('a mail that is refused', () => {
  it('fails at once for an unknown user, who is then suppressed', async () => {
    await using engine = await start()
    engine.work()
    const { messages } = await engine.send(['nobody@receiver.test'])
    await engine.untilStatus(messages[0]?.id ?? 0, 'hard_failed')
    const [delivery] = await engine.deliveries(messages[0]?.id ?? 0)
    expect(delivery?.output).toContain('550 5.1.1')
    expect(delivery?.details).toContain('Recipient added to suppression list')

    const again = await engine.send(['Nobody@RECEIVER.test'])
    await engine.untilStatus(again.messages[0]?.id ?? 0, 'held')
  })

  it('fails at once when the domain does not exist or takes no mail', async () => {
    await using engine = await start()
    engine.work()
    const { messages } = await engine.send(['ana@nowhere.test', 'ana@null.test'])
    for (const { id } of messages) await engine.untilStatus(id, 'hard_failed')
  })

  it('waits for another try when nobody listens', async () => {
    await using engine = await start()
    engine.work()
    const { messages } = await engine.send(['ana@closed.test'])
    await engine.untilStatus(messages[0]?.id ?? 0, 'soft_failed')
    const [delivery] = await engine.deliveries(messages[0]?.id ?? 0)
    expect(delivery?.details).toBe('No SMTP servers were available for closed.test. Tried mx.closed.test.')
    expect(await queueLength()).toBe(1)
  })
})
