/** What sites do to us, and what we do then: cuts at every stage, refusals, limits, dead hosts, relays, the send limit. */

import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type EngineOptions, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { makeDue } from '@posthaste/test/support/make-due.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import type { Script } from '@posthaste/test/support/smtp-script.ts'
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
      'two.test': { MX: ['10 mx.two.test', '20 mx.receiver.test'] },
      'mx.two.test': { A: ['127.0.0.3'] },
      'empty.test': { TXT: ['nothing here'] },
      'dead.test': { MX: ['10 mx.dead.test'] },
      'mx.dead.test': { A: ['127.0.0.9'] },
    },
  })
  receiver = await startScriptedReceiver({ features: ['8BITMIME'] })
})

afterEach(async () => {
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const start = (options: Partial<EngineOptions> = {}) =>
  startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, ...options })
const query = async <T>(sql: string, values: unknown[] = []): Promise<T[]> => {
  const [rows] = await database.db.$client.query(sql, values)
  return rows as unknown as T[] // as each test selects
}
const entry = async () =>
  (
    await query<{ attempts: number; uncertain: number; dueAt: Date; state: string }>(
      'SELECT attempts, uncertain, due_at AS dueAt, state FROM queue_entries',
    )
  )[0]
const addresses = (count: number) => Array.from({ length: count }, (_, n) => `user${n}@receiver.test`)

describe('a connection that is cut', () => {
  const stages: [keyof Script, boolean][] = [
    ['connect', false],
    ['ehlo', false],
    ['mail', false],
    ['rcpt', false],
    ['data', false],
    ['content', true],
  ]
  it.each(stages)(
    'at %s is tried again, and called a possible duplicate only where the mail may have arrived',
    async (stage, uncertain) => {
      receiver.play({ [stage]: { ending: 'reset' } })
      await using engine = await start()
      const { messages } = await engine.send(['ana@receiver.test'])
      engine.work()
      const id = messages[0]?.id ?? 0
      await engine.untilStatus(id, 'soft_failed')
      expect(await entry()).toMatchObject({ state: 'ready', attempts: 1, uncertain: uncertain ? 1 : 0 })

      receiver.play({})
      await makeDue(database.db)
      await engine.untilStatus(id, 'sent')
      const deliveries = await engine.deliveries(id)
      expect(deliveries.at(-1)?.details.includes('may be a duplicate')).toBe(uncertain)
      expect(engine.faults).toEqual([])
    },
  )
})

describe('hosts of a domain', () => {
  it('are tried in turn after a 4xx, in the same attempt', async () => {
    await using first = await startScriptedReceiver({
      host: '127.0.0.3',
      port: receiver.port,
      script: { rcpt: '451 4.3.0 not now' },
      features: [],
    })
    await using engine = await start()
    const { messages } = await engine.send(['ana@two.test'])
    engine.work()
    await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
    expect(first.connections.total).toBe(1)
    expect(await engine.deliveries(messages[0]?.id ?? 0)).toHaveLength(1)
  })

  it('that do not exist at all fail the message at once', async () => {
    await using engine = await start()
    const { messages } = await engine.send(['ana@empty.test'])
    engine.work()
    await engine.untilStatus(messages[0]?.id ?? 0, 'hard_failed')
    expect((await engine.deliveries(messages[0]?.id ?? 0))[0]?.details).toBe(
      'No SMTP servers were available for empty.test. No hosts to try.',
    )
    expect(await query('SELECT 1 FROM suppressions')).toEqual([])
  })

  it('that are dead are probed by one message, not by the backlog', async () => {
    await using engine = await start({ limits: { probeEveryMs: 60_000 } })
    await engine.send(Array.from({ length: 60 }, (_, n) => `user${n}@dead.test`))
    engine.work()
    await until(async () => (await query<{ n: number }>("SELECT COUNT(*) AS n FROM messages WHERE status = 'soft_failed'"))[0]?.n === 60, {
      what: 'all to be put off',
    })
    expect(engine.sites().find(({ site }) => site === 'mx.dead.test')?.dead).toBe(true)

    await using back = await startScriptedReceiver({ host: '127.0.0.9', port: receiver.port, features: [] })
    await makeDue(database.db)
    await until(async () => (await query<{ n: number }>('SELECT COUNT(*) AS n FROM queue_entries WHERE attempts = 2'))[0]?.n === 60, {
      what: 'the second round',
    })
    expect(back.connections.total).toBe(0)
  })

  it('that never answer keep one message in hand, and send the others back uncharged when there is no room', async () => {
    await using silent = await startScriptedReceiver({ host: '127.0.0.9', port: receiver.port, script: { connect: {} } })
    await using engine = await start({ inHandMax: 5 })
    await engine.send(Array.from({ length: 5 }, (_, n) => `user${n}@dead.test`))
    engine.work()
    await until(() => silent.connections.total > 0, { what: 'a connection' })
    const { messages } = await engine.send(['ana@receiver.test'])
    await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
    expect(silent.connections.total).toBe(1)
    const waiting = "SELECT COUNT(*) AS n FROM queue_entries WHERE state = 'ready' AND attempts = 0 AND due_at > NOW() + INTERVAL 5 SECOND"
    expect((await query<{ n: number }>(waiting))[0]?.n).toBe(4)
    await silent[Symbol.asyncDispose]()
  })
})

describe('replies', () => {
  it('that ask for patience are tried again when they say', async () => {
    receiver.play({ rcpt: '451 4.7.1 Greylisted, try again in 90 seconds' })
    await using engine = await start()
    const { messages } = await engine.send(['ana@receiver.test'])
    engine.work()
    await engine.untilStatus(messages[0]?.id ?? 0, 'soft_failed')
    const waitMs = ((await entry())?.dueAt.getTime() ?? 0) - Date.now()
    expect(waitMs).toBeGreaterThan(80_000)
    expect(waitMs).toBeLessThan(115_000)
    const [delivery] = await query<{ replyClass: string }>('SELECT reply_class AS replyClass FROM deliveries')
    expect(delivery?.replyClass).toBe('greylisted')
  })

  it('bring about a limit that all workers keep to, and that ends when it is lifted', async () => {
    receiver.play({ mail: '421 4.7.0 [TSS04] Messages from 127.0.0.1 temporarily deferred due to user complaints' })
    await using engine = await start({ limits: { connectionsMax: 1 } })
    await engine.send(addresses(2))
    engine.work()
    const limits = () =>
      query<{ site: string; kind: string; rule: string }>('SELECT site, kind, rule FROM site_limits WHERE lifted_at IS NULL')
    await until(async () => (await limits()).length === 1, { what: 'the limit' })
    expect(await limits()).toEqual([{ site: 'mx.receiver.test', kind: 'suspend', rule: 'yahoo-complaints' }])

    const commands = receiver.commands.length
    receiver.play({})
    await using other = await start()
    const { messages } = await other.send(['late@receiver.test'])
    other.work()
    await until(
      async () =>
        (await query<{ n: number }>('SELECT COUNT(*) AS n FROM queue_entries WHERE due_at > NOW() + INTERVAL 1 HOUR AND attempts = 0'))[0]
          ?.n === 1,
      { what: 'the mail to wait' },
    )
    expect(receiver.commands.length).toBe(commands)

    await query('UPDATE site_limits SET lifted_at = NOW()')
    await until(
      async () => {
        await makeDue(database.db, { where: `message_id = ${messages[0]?.id} AND state = 'ready'` })
        return receiver.mails.some((mail) => mail.rcptTo.includes('late@receiver.test'))
      },
      { what: 'the mail after the limit was lifted', timeoutMs: 15_000 },
    )
  })

  it('suppress nobody when they are about us', async () => {
    receiver.play({ rcpt: '550 5.7.1 Service unavailable; client blocked using Spamhaus' })
    await using engine = await start()
    const { messages } = await engine.send(['ana@receiver.test'])
    engine.work()
    await engine.untilStatus(messages[0]?.id ?? 0, 'soft_failed')
    expect(await query('SELECT 1 FROM suppressions')).toEqual([])
  })
})

describe('limits of a site', () => {
  it('are kept: connections, messages on each, and a rate', async () => {
    receiver.play({ content: { stallMs: 5, reply: '250 ok' } })
    await using engine = await start({ limits: { connectionsMax: 3, messagesPerSessionMax: 5, rates: [{ count: 40, perMs: 1_000 }] } })
    await engine.send(addresses(60))
    const started = performance.now()
    engine.work()
    await until(() => receiver.mails.length === 60, { what: 'all mail', timeoutMs: 60_000 })
    expect(receiver.connections.openMax).toBeLessThanOrEqual(4) // one may have said goodbye here and not yet there
    expect(Math.max(...receiver.mailsPerConnection())).toBeLessThanOrEqual(5)
    expect(performance.now() - started).toBeGreaterThan(1_200)
  })

  it('that only show themselves by refusals at the greeting are found, and the site is not taken for dead', async () => {
    const greeting = () =>
      receiver.connections.open > 3 ? { reply: '421 4.7.0 Too many connections', ending: 'close' as const } : undefined
    receiver.play({ connect: greeting, content: { stallMs: 5, reply: '250 ok' } })
    await using engine = await start()
    await engine.send(addresses(300))
    engine.work()
    const left = () => query<{ n: number }>("SELECT COUNT(*) AS n FROM messages WHERE status = 'pending'")
    await until(async () => (await left())[0]?.n === 0, { what: 'a first attempt of each', timeoutMs: 60_000 })
    expect(receiver.mails.length).toBeGreaterThan(280)
    expect(engine.sites()[0]?.dead).toBe(false)
    expect(engine.sites()[0]?.window).toBeLessThanOrEqual(4) // it may be asking for one more
    expect(await query('SELECT 1 FROM site_limits')).toEqual([])
  })
})

describe('relays', () => {
  it('take all mail, with a login over TLS, and the next one when the first is away', async () => {
    await using relay = await startScriptedReceiver({ host: '127.0.0.4', port: receiver.port, features: ['STARTTLS', 'AUTH PLAIN'] })
    const auth = { user: 'shop', password: 'secret' }
    const tls = { mode: 'required', verify: false } as const
    await using engine = await start({
      relays: [
        { host: '127.0.0.5', port: receiver.port, tls, auth },
        { host: '127.0.0.4', port: receiver.port, tls, auth },
      ],
    })
    const { messages } = await engine.send(['ana@receiver.test'])
    engine.work()
    await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
    expect(relay.mails).toHaveLength(1)
    expect(relay.mails[0]?.tls).toBe(true)
    expect(relay.commands.some(({ line }) => line.startsWith('AUTH PLAIN'))).toBe(true)
    expect(receiver.connections.total).toBe(0)
  })
})

it('relays on two ports of one host are two: the second takes what the first one puts off', async () => {
  receiver.play({ mail: '451 4.3.0 not now' })
  await using second = await startScriptedReceiver()
  const tls = { mode: 'none', verify: false } as const
  await using engine = await start({ relays: [receiver, second].map(({ port }) => ({ host: '127.0.0.1', port, tls })) })
  const { messages } = await engine.send(['ana@receiver.test'])
  engine.work()
  await engine.untilStatus(messages[0]?.id ?? 0, 'sent')
  expect(second.mails).toHaveLength(1)
})

describe('the send limit', () => {
  const limited = (limit: number) => query('UPDATE mail_servers SET send_limit = ?', [limit])

  it('lets what is over it wait until the hour has room, counts each message once, and tells webhooks once', async () => {
    await limited(10)
    await using engine = await start({ directoryTtlMs: 3_000 })
    await engine.send(addresses(15))
    engine.work()
    await until(() => receiver.mails.length === 10, { what: 'the ten that are allowed' })
    await until(
      async () =>
        (
          await query<{ n: number }>('SELECT COUNT(*) AS n FROM queue_entries WHERE due_at > NOW() + INTERVAL 50 MINUTE AND attempts = 0')
        )[0]?.n === 5,
      { what: 'five to wait' },
    )
    expect(receiver.mails).toHaveLength(10)
    const kinds = await query<{ kind: string }>('SELECT kind FROM events WHERE message_id IS NULL ORDER BY id')
    expect(kinds.map(({ kind }) => kind)).toEqual(['limit_near', 'limit_exceeded'])
  })

  it('counts a message that is tried again only once', async () => {
    await limited(10)
    receiver.play({ rcpt: '451 4.3.0 not now' })
    await using engine = await start()
    await engine.send(addresses(5))
    engine.work()
    const delayed = (attempts: number) =>
      until(
        async () => (await query<{ n: number }>('SELECT COUNT(*) AS n FROM queue_entries WHERE attempts = ?', [attempts]))[0]?.n === 5,
        { what: `attempt ${attempts}` },
      )
    for (const attempts of [1, 2, 3]) {
      await delayed(attempts)
      await makeDue(database.db)
    }
    const [volume] = await query<{ n: number }>('SELECT CAST(SUM(messages) AS UNSIGNED) AS n FROM send_minutes')
    expect(volume?.n).toBe(5)
  })

  it('can hold instead, as Postal does', async () => {
    await limited(1)
    await using engine = await start({ overLimit: 'held' })
    await engine.send(addresses(2))
    engine.work()
    await until(async () => (await query("SELECT 1 FROM messages WHERE status = 'held'")).length === 1, { what: 'the second to be held' })
    const [held] = await query<{ details: string }>("SELECT details FROM deliveries WHERE status = 'held'")
    expect(held?.details).toBe('Message held because send limit (1) has been reached.')
  })
})
