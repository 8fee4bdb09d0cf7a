/** Several workers keep to a site's limits together: connections and rates are those of all of them, and nobody's mail is left lying. */
import type { SiteLimits } from '@posthaste/core/delivery/couriers/site.ts'
import { shareOf } from '@posthaste/core/domain/share.ts'
import { putWorkerAddresses } from '@posthaste/core/store/worker-addresses.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, type EngineOptions, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver
const engines: Engine[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } } })
  receiver = await startScriptedReceiver({ features: ['8BITMIME'] })
})

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine[Symbol.asyncDispose]()))
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** Each holds a few only, so that both have some. */
async function start(limits: Partial<SiteLimits>, options: Partial<EngineOptions> = {}): Promise<Engine> {
  const engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, limits, inHandMax: 20, ...options })
  engines.push(engine)
  return engine
}

async function die(engine: Engine): Promise<void> {
  await engines.splice(engines.indexOf(engine), 1)[0]?.[Symbol.asyncDispose]()
  await database.db.$client.query('UPDATE node_leases SET leased_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE node = ?', [
    engine.node,
  ])
}

const addresses = (count: number) => Array.from({ length: count }, (_, n) => `user${n}@receiver.test`)
const arrived = (count: number) => until(() => receiver.mails.length >= count, { what: `${count} mails`, timeoutMs: 60_000 })
const standing = (engine: Engine) => engine.sites()[0]
const slowly = { content: { stallMs: 100, reply: '250 ok' } }

it('two make no more connections than one may, and the one that is left makes all of them', async () => {
  receiver.play(slowly)
  const [one, two] = [await start({ connectionsMax: 4 }), await start({ connectionsMax: 4 })]
  await one.send(addresses(60))
  for (const engine of [one, two]) engine.work()
  await until(() => [one, two].every((engine) => standing(engine)?.connections === 2), { what: 'two connections of each' })
  await arrived(40)
  expect(receiver.connections.openMax).toBe(4)

  await die(two)
  await one.send(addresses(200))
  await until(() => standing(one)?.connections === 4, { what: 'four connections of the other', timeoutMs: 20_000 })
  expect(receiver.connections.openMax).toBe(4)
  expect([...one.faults, ...two.faults]).toEqual([])
})

it('one that comes while another sends gets its part, and the other ends the connections that it has too many', async () => {
  receiver.play(slowly)
  const one = await start({ connectionsMax: 4 })
  await one.send(addresses(400))
  one.work()
  await until(() => standing(one)?.connections === 4, { what: 'four connections' })
  const two = await start({ connectionsMax: 4 })
  two.work()
  const connections = () => [one, two].map((engine) => standing(engine)?.connections ?? 0)
  await until(() => connections().every((count) => count === 2), { what: 'two connections of each', timeoutMs: 20_000 })
  await until(() => receiver.connections.open <= 4, { what: 'the others to be ended' })
})

it('two send no faster than a rate', async () => {
  const times: number[] = []
  const noted = () => {
    times.push(performance.now())
    return undefined
  }
  receiver.play({ content: noted })
  const limits = { connectionsMax: 10, rates: [{ count: 20, perMs: 1_000 }] }
  const [one, two] = [await start(limits, { inHandMax: 100 }), await start(limits, { inHandMax: 100 })]
  for (const engine of [one, two]) engine.work()
  const isProven = (engine: Engine) => (standing(engine)?.window ?? 0) > 1
  for (let sent = 4; ![one, two].every(isProven); sent += 4) {
    await one.send(addresses(4))
    await arrived(sent)
  }
  const before = receiver.mails.length
  await one.send(addresses(140))
  await arrived(before + 140)
  const threeSecondsFrom = (from: number) => times.filter((at) => at >= from && at < from + 3_000).length
  expect(Math.max(...times.map(threeSecondsFrom))).toBeLessThan(75) // as a busy machine may lump what was sent evenly
})

it('a single connection is one worker’s: mail of the other finds it, and who is left takes it over', async () => {
  const limits = { connectionsMax: 1 }
  const [one, two] = [await start(limits), await start(limits)]
  const isFirst = ({ lease }: Engine) => shareOf('mx.receiver.test ', lease, [one.lease, two.lease]).rank === 0
  const [first, other] = isFirst(one) ? [one, two] : [two, one]
  await one.send(addresses(30))
  for (const engine of [one, two]) engine.work()
  await arrived(30)
  expect(receiver.connections.openMax).toBe(1)
  expect(standing(first)).toBeDefined()

  await die(first)
  await other.send(addresses(5))
  await arrived(35)
  const [statuses] = await database.db.$client.query('SELECT DISTINCT status FROM deliveries')
  expect(statuses).toEqual([{ status: 'sent' }])
})

it('an address that one machine has is not shared with workers of others', async () => {
  receiver.play(slowly)
  const source = { ipv4: '127.0.0.11', ipv6: null, heloName: 'mta1.test' }
  const sources: EngineOptions['sources'] = () => async () => ({ source, note: async () => undefined })
  const one = await start({ connectionsMax: 4 }, { sources })
  const two = await start({ connectionsMax: 4 })
  const say = (engine: Engine, ...mine: string[]) =>
    putWorkerAddresses(database.db, engine.node, { machine: `m${engine.node}`, addresses: new Set(mine), seenAt: new Date() })
  await say(one, '127.0.0.11')
  await say(two, '127.0.0.12')
  await one.send(addresses(100))
  one.work()
  await until(() => standing(one)?.connections === 4, { what: 'all four connections' })
})
