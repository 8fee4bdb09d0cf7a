/** However many sites are dead, a worker remembers a bounded number of them, and goes on with the others. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

const DEAD = 60
const KEPT = 20
const names = Array.from({ length: DEAD }, (_, n) => `dead${n}.test`)

let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  const dead = names.flatMap((name) => [
    [name, { MX: [`10 mx.${name}`] }],
    [`mx.${name}`, { A: ['127.0.0.9'] }],
  ])
  const zone = { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } }
  dns = await startDnsServer({ zone: { ...zone, ...Object.fromEntries(dead) } })
  receiver = await startScriptedReceiver()
})
afterEach(async () => {
  for (const one of [receiver, dns, database]) await one[Symbol.asyncDispose]()
})

it('dead sites are forgotten beyond a bound, those with mail longest ago first', async () => {
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, sitesKept: KEPT })
  engine.work()
  const failed = async () => {
    const [rows] = await database.db.$client.query("SELECT COUNT(*) AS count FROM messages WHERE status = 'soft_failed'")
    return (rows as unknown as { count: number }[])[0]?.count // as selected
  }
  for (const [n, name] of names.entries()) {
    await engine.send(Array.from({ length: 4 }, (_, user) => `user${user}@${name}`))
    if (n % 10 === 9) await until(async () => (await failed()) === (n + 1) * 4, { what: 'mail to dead sites to fail', timeoutMs: 20_000 })
    if (n % 10 === 9) expect(engine.sites().length).toBeLessThanOrEqual(KEPT + 10) // those in use are kept for as long as they are
  }
  const { messages } = await engine.send(['ana@receiver.test'])
  await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
  const sites = engine.sites()
  expect(sites.length).toBeLessThanOrEqual(KEPT)
  expect(sites.filter(({ dead }) => dead).length).toBeGreaterThan(0)
  expect(sites.map(({ site }) => site)).not.toContain('mx.dead0.test')
  expect(engine.faults).toEqual([])
}, 60_000)
