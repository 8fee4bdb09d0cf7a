/** A site that refuses one of our addresses gets its mail from another pool for a while: seen by everybody, and lifted by whoever wants. */
import { type Explaining, explainSite } from '@posthaste/core/delivery/explain.ts'
import { createIpPlans } from '@posthaste/core/delivery/ip-plans.ts'
import { createSiteLimitBook, type SiteLimitBook } from '@posthaste/core/delivery/site-limits.ts'
import { createSources } from '@posthaste/core/delivery/sources.ts'
import { THROTTLE_RULES, type ThrottleRule } from '@posthaste/core/delivery/throttle-rules.ts'
import { createIds } from '@posthaste/core/domain/ids.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { liftSiteLimit, listSiteLimits } from '@posthaste/core/store/site-limits.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

const HOUR_MS = 3_600_000
const MOVE: ThrottleRule = {
  name: 'pool-move-1',
  pattern: /S3150/,
  threshold: { count: 1, withinMs: 60_000 },
  action: { kind: 'move', ipPool: 'Spare' },
  durationMs: 4 * HOUR_MS,
}
const BLOCKED = '451 4.7.1 Part of your network is on our block list (S3150)'

let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver
/** Jumps, so that retries and the end of a limit need not be waited for. */
let jumpMs = 0
const clock = () => new Date(Date.now() + jumpMs)

beforeEach(async () => {
  jumpMs = 0
  database = await createTestDatabase()
  await seedSender(database.db)
  const mx = { 'mx.receiver.test': { A: ['127.0.0.1'] } }
  dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, ...mx } })
  receiver = await startScriptedReceiver({ features: ['8BITMIME'] })
  await query("INSERT INTO ip_pools (id, uuid, name, created_at) VALUES (1, 'one', 'Main', NOW()), (2, 'two', 'Spare', NOW())")
  await query('UPDATE mail_servers SET ip_pool_id = 1')
  await address(1, 1, '127.0.0.11')
  await address(2, 2, '127.0.0.21')
})

afterEach(async () => {
  for (const one of [receiver, dns, database]) await one[Symbol.asyncDispose]()
})

const query = (sql: string, values: unknown[] = []) => database.db.$client.query(sql, values)
const address = (id: number, pool: number, ipv4: string) =>
  query('INSERT INTO ip_addresses (id, ip_pool_id, ipv4, hostname, created_at) VALUES (?, ?, ?, ?, NOW())', [
    ...[id, pool, ipv4, `mta${id}.test`],
  ])

/** The name that the client of a connection has greeted with. */
const greeted = (connection: number): string =>
  receiver.commands.find((command) => command.connection === connection && command.line.startsWith('EHLO'))?.line.slice(5) ?? ''
const blocks = (...names: string[]) =>
  receiver.play({ mail: ({ connection }) => (names.includes(greeted(connection)) ? BLOCKED : undefined) })

async function start(local = ['127.0.0.11', '127.0.0.21']): Promise<{ engine: Engine; book: SiteLimitBook }> {
  const { db } = database
  const plans = createIpPlans({ db, clock })
  const onFault = (fault: unknown) => {
    throw fault
  }
  const newId = createIds({ node: 60, clock })
  const book = createSiteLimitBook({ db, lease: { lease: 60 }, clock, plans, rules: [MOVE, ...THROTTLE_RULES], newId, onFault })
  const sources = createSources({
    ...{ db, plans, clock, random: Math.random, movedTo: book.movedTo },
    ...{ localAddresses: () => new Set(local), onMissing: () => undefined },
  })
  return { engine: await startEngine({ db, dns: dns.address, smtpPort: receiver.port, clock, sources, book }), book }
}

/** How the mail ended up: the name that its connection greeted with. */
async function deliver(engine: Engine, rcptTo: string): Promise<string> {
  const { messages } = await engine.send([rcptTo])
  await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
  return greeted(receiver.mails.at(-1)?.connection ?? 0)
}

const explaining = (): Explaining => ({
  db: database.db,
  dns: createDns({ servers: [dns.address], timeoutMs: 500, clock }),
  clock,
  random: Math.random,
  smtpRelays: [],
})

it('moves the mail of the address that was refused, tells so, and ends by lifting or by time', async () => {
  blocks('mta1.test')
  const started = await start()
  await using engine = started.engine
  engine.work()
  const { messages } = await engine.send(['ana@receiver.test'])
  await engine.untilStatus(messages[0]?.id ?? 0, 'soft_failed')
  expect(await deliver(engine, 'bob@receiver.test')).toBe('mta2.test')
  jumpMs += 30 * 60_000
  await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
  expect(receiver.mails.map(({ connection }) => greeted(connection))).toEqual(['mta2.test', 'mta2.test'])

  const [limit] = await listSiteLimits(database.db, { now: clock() })
  expect(limit).toMatchObject({
    site: 'mx.receiver.test',
    sourceIp: '127.0.0.11',
    kind: 'move',
    ipPool: 'Spare',
    rule: 'pool-move-1',
    reply: BLOCKED,
  })
  expect((await explainSite(explaining(), 'receiver.test')).lines.join('\n')).toMatch(
    /Mail for it leaves from the IP pool Spare instead of 127\.0\.0\.11 until .*, by the rule pool-move-1, because of: 451 4\.7\.1/,
  )

  receiver.play({})
  await liftSiteLimit(database.db, limit?.id ?? 0, clock())
  jumpMs += 6_000 // until the worker looks again
  expect(await deliver(engine, 'eva@receiver.test')).toBe('mta1.test')

  blocks('mta1.test')
  await engine.send(['kim@receiver.test'])
  await until(async () => (await listSiteLimits(database.db, { now: clock() })).length === 1, { what: 'the limit' })
  receiver.play({})
  expect(await deliver(engine, 'leo@receiver.test')).toBe('mta2.test')
  jumpMs += 5 * HOUR_MS
  expect(await deliver(engine, 'mia@receiver.test')).toBe('mta1.test')
})

it('leaves it to the rules below when the other pool is refused too, and never moves in a circle', async () => {
  blocks('mta1.test', 'mta2.test')
  const started = await start()
  await using engine = started.engine
  engine.work()
  for (const rcptTo of ['ana@receiver.test', 'bob@receiver.test']) await engine.send([rcptTo])
  await until(async () => receiver.commands.filter(({ line }) => line.startsWith('MAIL')).length >= 2, { what: 'both attempts' })
  const moves = async () => (await listSiteLimits(database.db, { now: clock() })).filter(({ kind }) => kind === 'move')
  await until(async () => (await moves()).length === 1, { what: 'the move' })
  jumpMs += HOUR_MS
  for (const rcptTo of ['eva@receiver.test', 'kim@receiver.test', 'leo@receiver.test', 'mia@receiver.test']) await engine.send([rcptTo])
  await until(
    async () =>
      (await listSiteLimits(database.db, { now: clock() })).some(({ kind, sourceIp }) => kind === 'suspend' && sourceIp === '127.0.0.21'),
    { what: 'the suspension of the other address' },
  )
  expect(await moves()).toHaveLength(1)
})

it('moves nothing to a pool that is not there, or that this machine has no address of', async () => {
  blocks('mta1.test')
  await query("UPDATE ip_pools SET name = 'Else' WHERE id = 2")
  const started = await start(['127.0.0.11'])
  await using engine = started.engine
  engine.work()
  const { messages } = await engine.send(['ana@receiver.test'])
  await engine.untilStatus(messages[0]?.id ?? 0, 'soft_failed')
  expect(await listSiteLimits(database.db, { now: clock() })).toEqual([])

  await query("UPDATE ip_pools SET name = 'Spare' WHERE id = 2")
  jumpMs += 30 * 60_000
  await until(async () => (await listSiteLimits(database.db, { now: clock() })).length === 1, { what: 'the limit' })
  receiver.play({})
  expect(await deliver(engine, 'bob@receiver.test')).toBe('mta1.test')
})
