/** Which of our addresses mail leaves from: pools, names to greet with, addresses that are missing, and warming up. */
import { createIpPlans } from '@posthaste/core/delivery/ip-plans.ts'
import { createSources } from '@posthaste/core/delivery/sources.ts'
import { putWorkerAddresses } from '@posthaste/core/store/worker-addresses.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type EngineOptions, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: Receiver
const missing: string[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } } })
  receiver = await startReceiver({ dns: dns.address })
  missing.length = 0
  await query("INSERT INTO ip_pools (id, uuid, name, created_at) VALUES (1, 'one', 'One', NOW()), (2, 'two', 'Two', NOW())")
  await query('UPDATE mail_servers SET ip_pool_id = 1')
})

afterEach(async () => {
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const query = async <T>(sql: string, values: unknown[] = []): Promise<T[]> => {
  const [rows] = await database.db.$client.query(sql, values)
  return rows as unknown as T[] // as each test selects
}
const address = (id: number, pool: number, ipv4: string, warming = false) =>
  query('INSERT INTO ip_addresses (id, ip_pool_id, ipv4, hostname, warmup_started_at, created_at) VALUES (?, ?, ?, ?, ?, NOW())', [
    id,
    pool,
    ipv4,
    `mta${id}.test`,
    warming ? new Date() : null,
  ])

const start = (local = ['127.0.0.11', '127.0.0.12', '127.0.0.21'], options: Partial<EngineOptions> = {}) =>
  startEngine({
    db: database.db,
    dns: dns.address,
    smtpPort: receiver.port,
    ...options,
    sources: createSources({
      ...{ db: database.db, plans: createIpPlans({ db: database.db, clock: () => new Date() }) },
      ...{ clock: () => new Date(), random: Math.random },
      localAddresses: () => new Set(local),
      onMissing: ({ ipv4 }) => missing.push(ipv4),
    }),
  })

it('is one of its pool, the same for a site, and greets with its own name', async () => {
  await address(1, 1, '127.0.0.11')
  await address(2, 1, '127.0.0.12')
  await using engine = await start()
  const { messages } = await engine.send(Array.from({ length: 6 }, (_, n) => `user${n}@receiver.test`))
  engine.work()
  for (const { id } of messages) await engine.untilStatus(id, 'sent')
  const used = new Set(receiver.mails.map((mail) => `${mail.remoteAddress} ${mail.helo}`))
  expect(used.size).toBe(1)
  expect([...used][0]).toMatch(/^127\.0\.0\.1([12]) mta\d\.test$/)
  const [delivery] = await engine.deliveries(messages[0]?.id ?? 0)
  expect(delivery?.details).toMatch(/\(from 127\.0\.0\.1[12]\)$/)
})

it('follows the rules of the mail server', async () => {
  await address(1, 1, '127.0.0.11')
  await address(3, 2, '127.0.0.21')
  await query(
    "INSERT INTO ip_pool_rules (id, uuid, organization_id, mail_server_id, ip_pool_id, from_text, to_text, created_at) VALUES (1, 'rule', 1, 1, 2, 'shop.test', '', NOW())",
  )
  await using engine = await start()
  const { messages } = await engine.send(['ana@receiver.test'])
  engine.work()
  await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
  expect(receiver.mails[0]?.remoteAddress).toBe('127.0.0.21')
})

it('is never one that this machine does not have, which is reported', async () => {
  await address(1, 1, '192.0.2.1')
  await address(2, 1, '127.0.0.12')
  await using engine = await start()
  const { messages } = await engine.send(['ana@receiver.test'])
  engine.work()
  await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
  expect(receiver.mails[0]?.remoteAddress).toBe('127.0.0.12')
  expect(missing).toEqual(['192.0.2.1'])

  await query('DELETE FROM ip_addresses WHERE id = 2')
  await using other = await start()
  await other.send(['bob@receiver.test'])
  other.work()
  await until(
    async () => (await query('SELECT 1 FROM queue_entries WHERE attempts = 0 AND due_at > NOW() + INTERVAL 5 MINUTE')).length === 1,
    { what: 'the mail to wait, uncharged' },
  )
})

it('is found by a worker of the machine that has it, soon, and called missing by nobody', async () => {
  await address(1, 1, '127.0.0.11')
  await putWorkerAddresses(database.db, 900, { machine: 'mta2', addresses: new Set(['127.0.0.11']), seenAt: new Date() })
  await using without = await start(['127.0.0.21'])
  const { messages } = await without.send(['ana@receiver.test'])
  without.work()
  await until(
    async () => (await query('SELECT 1 FROM queue_entries WHERE attempts = 0 AND due_at > NOW() + INTERVAL 1 SECOND')).length === 1,
    {
      what: 'the mail to wait for the other machine',
    },
  )
  expect(await query('SELECT 1 FROM queue_entries WHERE due_at > NOW() + INTERVAL 10 SECOND')).toEqual([])
  await using beside = await start(['127.0.0.11'])
  beside.work()
  await beside.untilStatus(messages[0]?.id ?? 0, 'sent')
  expect(receiver.mails.map(({ remoteAddress }) => remoteAddress)).toEqual(['127.0.0.11'])
  expect(missing).toEqual([])
})

it('is called missing when the machine that had it has fallen silent', async () => {
  await address(1, 1, '127.0.0.11')
  const seenAt = new Date(Date.now() - 10 * 60_000)
  await putWorkerAddresses(database.db, 900, { machine: 'mta2', addresses: new Set(['127.0.0.11']), seenAt })
  await using without = await start(['127.0.0.21'])
  await without.send(['ana@receiver.test'])
  without.work()
  await until(async () => (await query('SELECT 1 FROM queue_entries WHERE due_at > NOW() + INTERVAL 5 MINUTE')).length === 1, {
    what: 'the mail to wait long',
  })
  expect(missing).toEqual(['127.0.0.11'])
})

it('is a warming one within its budget, and a warm one for the rest', async () => {
  await address(1, 1, '127.0.0.11', true)
  await address(2, 1, '127.0.0.12')
  await query('UPDATE ip_addresses SET priority = 0 WHERE id = 2') // so that the warming one is always first
  await using engine = await start()
  const { messages } = await engine.send(Array.from({ length: 70 }, (_, n) => `user${n}@receiver.test`))
  engine.work()
  for (const { id } of messages) await engine.untilStatus(id, 'sent')
  const from = (ip: string) => receiver.mails.filter((mail) => mail.remoteAddress === ip).length
  expect([from('127.0.0.11'), from('127.0.0.12')]).toEqual([50, 20])
})

it('keeps the budget of a warming address for mail that gets there', async () => {
  await address(1, 1, '127.0.0.11', true)
  const used = async () => Number((await query<{ n: string }>('SELECT SUM(sent) AS n FROM warmup_days'))[0]?.n)
  const waiting = (where: string, what: string) =>
    until(async () => (await query(`SELECT 1 FROM queue_entries WHERE state = 'ready' AND due_at > NOW() AND ${where}`)).length === 3, {
      what,
    })
  const suspended = { until: new Date(Date.now() + 3_600_000), rule: 'blocklisted' }
  {
    await using resting = await start(['127.0.0.11'], { limits: { suspended } })
    await resting.send(['ana@receiver.test', 'bob@receiver.test', 'carl@receiver.test'])
    resting.work()
    await waiting('attempts = 0', 'all to wait for the end of the suspension')
    await until(async () => (await used()) === 0, { what: 'their share of the budget to be back' })
  }
  await query('UPDATE queue_entries SET due_at = created_at')
  await using away = await start(['127.0.0.11'], { smtpPort: 1 })
  away.work()
  await waiting('attempts = 1', 'all to be put off by a host that is away')
  await until(async () => (await used()) === 0, { what: 'their share of the budget to be back once more' })
})
