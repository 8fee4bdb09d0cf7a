/** How a message ends that does not simply arrive: after its last attempt, at the end of its time, or with a result that could not be written. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type EngineOptions, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
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
