/** How a message ends that does not simply arrive: after its last attempt, at the end of its time, or with a result that could not be written. */
import type { TlsPlans } from '@posthaste/core/delivery/couriers/target.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type EngineOptions, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } } })
  receiver = await startScriptedReceiver()
})
afterEach(async () => {
  for (const one of [receiver, dns, database]) await one[Symbol.asyncDispose]()
})

const start = (options: Partial<EngineOptions> = {}) =>
  startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, ...options })

const query = async <T>(sql: string, values: unknown[] = []): Promise<T[]> => {
  const [rows] = await database.db.$client.query(sql, values)
  return rows as unknown as T[] // as each test selects
}
const dueNow = () => query('UPDATE queue_entries SET due_at = ?', [new Date()])

it('after the last attempt the delivery says what Postal says about the suppression list', async () => {
  receiver.play({ rcpt: '450 4.2.1 later' })
  await using engine = await start({ attemptsMax: 1 })
  const { messages } = await engine.send(['ana@receiver.test'])
  const id = messages[0]?.id ?? 0
  engine.work()
  await engine.untilStatus(id, 'soft_failed')
  await dueNow()
  await engine.untilStatus(id, 'hard_failed')
  expect((await engine.deliveries(id)).map(({ details }) => details)).toContain(
    'Maximum number of delivery attempts (1) has been reached. Added ana@receiver.test to suppression list because delivery has failed 1 times.',
  )
})

const SAID = 'Maximum number of delivery attempts (2) has been reached.'

it.each([
  ['a mailbox that stays full', ['452 4.2.2 Mailbox full', '452 4.2.2 Mailbox full'], true],
  ['a block of our address', ['451 4.7.1 Your IP is listed by spamhaus', '550 5.7.1 Your IP is listed by spamhaus'], false],
  ['rate limits', ['421 4.7.28 Rate limit exceeded', '421 4.7.28 Rate limit exceeded'], false],
  ['a block after a full mailbox', ['452 4.2.2 Mailbox full', '451 4.7.1 Your IP is listed by spamhaus'], false],
  ['a full mailbox after greylisting', ['451 4.7.1 Greylisted, try again later', '452 4.2.2 Mailbox full'], false],
] as const)('%s to the last attempt suppresses only when it is about the recipient', async (_, [first, second], suppressed) => {
  receiver.play({ rcpt: first })
  await using engine = await start({ attemptsMax: 2 })
  const { messages } = await engine.send(['ana@receiver.test'])
  const id = messages[0]?.id ?? 0
  engine.work()
  await engine.untilStatus(id, 'soft_failed')
  receiver.play({ rcpt: second })
  await dueNow()
  await until(async () => (await engine.deliveries(id)).length === 2, { what: 'the second attempt' })
  await dueNow()
  await engine.untilStatus(id, 'hard_failed')
  const added = suppressed ? ' Added ana@receiver.test to suppression list because delivery has failed 2 times.' : ''
  expect((await engine.deliveries(id)).at(-1)?.details).toBe(`${SAID}${added}`)
  expect(await query('SELECT reason FROM suppressions')).toEqual(suppressed ? [{ reason: 'too many soft fails' }] : [])
})

it.each(['unreachable', 'without the TLS that is demanded'])('hosts %s to the last attempt suppress nobody', async (why) => {
  if (why === 'unreachable') dns.set({ 'mx.receiver.test': { A: ['127.0.0.9'] } })
  const tlsPlans: TlsPlans = {
    forDomain: async () => ({
      name: '',
      forHost: async () => ({ kind: 'connect', tls: { mode: 'required', verify: true }, policy: 'dane' }),
    }),
  }
  await using engine = await start({ attemptsMax: 1, tlsPlans })
  const { messages } = await engine.send(['ana@receiver.test'])
  const id = messages[0]?.id ?? 0
  engine.work()
  await engine.untilStatus(id, 'soft_failed')
  await dueNow()
  await engine.untilStatus(id, 'hard_failed')
  expect((await engine.deliveries(id)).at(-1)?.details).toBe('Maximum number of delivery attempts (1) has been reached.')
  expect(await query('SELECT reason FROM suppressions')).toEqual([])
})

it('a message whose time ends before its next attempt comes back at that moment', async () => {
  receiver.play({ rcpt: '450 4.2.1 later' })
  await using engine = await start()
  const { messages } = await engine.send(['ana@receiver.test'])
  const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 60_000)
  await query('UPDATE queue_entries SET expires_at = ?', [expiresAt])
  engine.work()
  await engine.untilStatus(messages[0]?.id ?? 0, 'soft_failed')
  expect(await query('SELECT due_at AS dueAt FROM queue_entries')).toEqual([{ dueAt: expiresAt }])
})

it('a mail that was taken, and of which that could not be written, says at its next delivery that it may be a duplicate', async () => {
  await query(
    `CREATE TRIGGER unwritable BEFORE INSERT ON deliveries FOR EACH ROW
     IF NEW.status = 'sent' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF`,
  )
  await using engine = await start()
  const { messages } = await engine.send(['ana@receiver.test'])
  const id = messages[0]?.id ?? 0
  engine.work()
  await engine.untilStatus(id, 'error')
  await query('DROP TRIGGER unwritable')
  await dueNow()
  await engine.untilStatus(id, 'sent')
  expect(receiver.mails).toHaveLength(2)
  const details = (await engine.deliveries(id)).map((delivery) => delivery.details)
  expect(details.some((text) => text.endsWith('this may be a duplicate.'))).toBe(true)
})
