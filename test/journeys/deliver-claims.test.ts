/** Who is served when: tenants, priorities, times, slow sites, lost leases. */
import { recoverEntries } from '@posthaste/core/store/queue.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, type EngineOptions, SAMPLE, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({
    zone: {
      'receiver.test': { MX: ['10 mx.receiver.test'] },
      'mx.receiver.test': { A: ['127.0.0.1'] },
      'slow.test': { MX: ['10 mx.slow.test'] },
      'mx.slow.test': { A: ['127.0.0.2'] },
    },
  })
  receiver = await startScriptedReceiver({ features: ['8BITMIME', 'ENHANCEDSTATUSCODES'] })
})

afterEach(async () => {
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const start = (options: Partial<EngineOptions> = {}): Promise<Engine> =>
  startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, ...options })

const query = async <T>(sql: string, values: unknown[] = []): Promise<T[]> => {
  const [rows] = await database.db.$client.query(sql, values)
  return rows as unknown as T[] // as each test selects
}
const queueLength = async () => (await query<{ n: number }>('SELECT COUNT(*) AS n FROM queue_entries'))[0]?.n
const arrived = (address: string) => receiver.mails.some((mail) => mail.rcptTo.includes(address))
const addresses = (count: number, domain: string) => Array.from({ length: count }, (_, n) => `user${n}@${domain}`)
const withHeader = (header: string) => Buffer.concat([Buffer.from(`${header}\r\n`), SAMPLE])

describe('tenants', () => {
  it("do not wait behind another's broadcast", async () => {
    await using engine = await start({ limits: { connectionsMax: 2 } })
    for (let n = 0; n < 10; n += 1) await engine.send(addresses(300, 'receiver.test').map((address) => `${n}${address}`))
    await query(
      "INSERT INTO mail_servers (id, organization_id, uuid, name, permalink, token, created_at) VALUES (2, 1, 'two', 'Two', 'two', 'ghijkl', NOW())",
    )
    await engine.intake.accept({
      mailServerId: 2,
      raw: SAMPLE,
      receivedWithTls: true,
      credentialId: null,
      recipients: [{ scope: 'outgoing', rcptTo: 'single@receiver.test', mailFrom: 'a@shop.test', domainId: 1 }],
    })
    engine.work()
    await until(() => arrived('single@receiver.test'), { what: 'the single mail', timeoutMs: 15_000 })
    expect(receiver.mails.length).toBeLessThan(300)
  })
})

describe('time', () => {
  it('serves transactional mail before broadcast, and broadcast in the end', async () => {
    await using engine = await start({ limits: { connectionsMax: 1 }, inHandMax: 20 })
    await engine.send(
      addresses(100, 'receiver.test').map((address) => `bulk-${address}`),
      withHeader('Precedence: bulk'),
    )
    await engine.send(addresses(50, 'receiver.test'))
    engine.work()
    await until(() => receiver.mails.length === 150, { what: 'all mail', timeoutMs: 20_000 })
    const lastTransactional = receiver.mails.findLastIndex((mail) => !mail.rcptTo[0]?.startsWith('bulk-'))
    const bulkBefore = receiver.mails.slice(0, lastTransactional).filter((mail) => mail.rcptTo[0]?.startsWith('bulk-')).length
    expect(bulkBefore).toBeLessThan(50)
  })

  it('fails a message that is not worth delivering any more, without trying', async () => {
    await using engine = await start()
    const { messages } = await engine.send(['ana@receiver.test'])
    await query('UPDATE queue_entries SET expires_at = ?', [new Date(Date.now() - 1_000)])
    engine.work()
    await engine.untilStatus(messages[0]?.id ?? 0, 'hard_failed')
    expect(receiver.connections.total).toBe(0)
  })

  it('sends nothing before its time', async () => {
    await using engine = await start()
    const [early, late] = [await engine.send(['ana@receiver.test']), await engine.send(['bob@receiver.test'])]
    await query('UPDATE queue_entries SET due_at = ? WHERE message_id = ?', [new Date(Date.now() + 3_600_000), late.messages[0]?.id])
    engine.work()
    await engine.untilStatus(early.messages[0]?.id ?? 0, 'sent')
    expect(await queueLength()).toBe(1)
  })
})

describe('a slow site', () => {
  it('does not keep others waiting: those in its line come back later, uncharged', async () => {
    await using slow = await startScriptedReceiver({
      host: '127.0.0.2',
      port: receiver.port,
      script: { mail: { stallMs: 3_000, reply: '250 ok' } },
    })
    await using engine = await start({ inHandMax: 100 })
    await engine.send(addresses(300, 'slow.test'))
    engine.work()
    await until(() => slow.connections.open > 0, { what: 'the slow site' })
    await engine.send(addresses(20, 'receiver.test'))
    await until(() => receiver.mails.length === 20, { what: 'the others', timeoutMs: 15_000 })
    const [charged] = await query<{ n: number }>('SELECT COUNT(*) AS n FROM queue_entries WHERE attempts > 0')
    expect(charged?.n).toBe(0)
    expect(slow.mails.length).toBeLessThan(150)
  })
})

describe('a lost lease', () => {
  const steal = (lease: number) =>
    query('UPDATE node_leases SET leased_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE lease = ?', [lease])

  it('lets the worker record nothing and send no final dot', async () => {
    await using first = await start({ renews: false })
    const stalled = Promise.withResolvers<void>()
    receiver.play({
      mail: () => {
        stalled.resolve()
        return { stallMs: 1_500, reply: '250 ok' }
      },
    })
    const { messages } = await first.send(['ana@receiver.test'])
    first.work()
    await stalled.promise
    await steal(first.lease)
    receiver.play({})
    await using second = await start()
    second.work()
    const id = messages[0]?.id ?? 0
    await second.untilStatus(id, 'sent')
    await until(() => receiver.connections.open <= 1, { what: 'the first worker to give up', timeoutMs: 5_000 })
    const deliveries = await second.deliveries(id)
    expect(deliveries.filter((delivery) => delivery.status === 'sent')).toHaveLength(1)
    // The first worker had marked it as being sent before its claim was lost, so the second says what may have happened.
    expect(deliveries).toHaveLength(1)
    expect(await queueLength()).toBe(0)
  })

  it('that comes back finds its work going on, and begins none of it twice', async () => {
    await using engine = await start()
    const stalled = Promise.withResolvers<void>()
    receiver.play({
      mail: () => {
        stalled.resolve()
        return { stallMs: 1_500, reply: '250 ok' }
      },
    })
    const { messages } = await engine.send(['ana@receiver.test'])
    engine.work()
    await stalled.promise
    await steal(engine.lease)
    expect(await recoverEntries(database.db)).toBe(1)
    const id = messages[0]?.id ?? 0
    await engine.untilStatus(id, 'sent')
    await until(() => receiver.connections.open <= 1, { what: 'anybody else to end', timeoutMs: 5_000 })
    expect(receiver.mails).toHaveLength(1)
    expect(await engine.deliveries(id)).toHaveLength(1)
    expect(await queueLength()).toBe(0)
  })
})
