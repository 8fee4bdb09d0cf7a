/** Hundreds of mails meet a scanner that takes connections and never answers: it costs few of them a wait, and none its delivery. */
import { createClamav } from '@posthaste/core/net/inspectors/clamav.ts'
import { createRspamd } from '@posthaste/core/net/inspectors/rspamd.ts'
import { createSpamd } from '@posthaste/core/net/inspectors/spamd.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addRoute, arrive } from '@posthaste/test/support/incoming-mail.ts'
import type { IncomingSetting } from '@posthaste/test/support/incoming-parts.ts'
import { type SilentServer, startSilentServer } from '@posthaste/test/support/silent-server.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const MAILS = 600
const AT_ONCE = 32
/** Those in hand until ten had failed, and a probe after each rest. */
const ASKED_MAX = AT_ONCE + 9 + 4
const TIMEOUT_MS = 1_500

let database: TestDatabase
let dns: DnsServer
let silent: SilentServer
let engine: Engine | undefined

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'client.test': { TXT: ['v=spf1 ip4:127.0.0.1 -all'] } } })
  silent = await startSilentServer()
  await addRoute(database.db, { mode: 'accept' })
})

afterEach(async () => {
  await engine?.[Symbol.asyncDispose]()
  engine = undefined
  await silent[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const at = () => ({ host: '127.0.0.1', port: silent.port, timeoutMs: TIMEOUT_MS })
const SCANNERS: readonly [string, () => NonNullable<IncomingSetting['scanners']>][] = [
  ['spamd', () => ({ spam: createSpamd(at()) })],
  ['rspamd', () => ({ spam: createRspamd({ ...at(), tls: false, password: null, flags: null }) })],
  ['clamd', () => ({ virus: createClamav(at()) })],
]

async function meet(incoming: IncomingSetting): Promise<Engine> {
  engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: 25, incoming })
  const running = engine
  await Promise.all(Array.from({ length: MAILS }, () => arrive(running)))
  running.work()
  return running
}

async function count(sql: string): Promise<number> {
  const [rows] = await database.db.$client.query(`SELECT COUNT(*) AS count FROM ${sql}`)
  return (rows as unknown as { count: number }[])[0]?.count ?? 0 // as selected
}

const untilAll = (sql: string) => until(async () => (await count(sql)) === MAILS, { what: `all to be in ${sql}`, timeoutMs: 60_000 })

describe.each(SCANNERS)('%s', (_name, scanners) => {
  it('that hangs lets mail go on without a verdict, which its deliveries say', async () => {
    const running = await meet({ scanners: scanners(), outage: 'accept' })
    await untilAll("messages WHERE status = 'processed'")
    expect(silent.asked()).toBeLessThanOrEqual(ASKED_MAX)
    expect(await count("deliveries WHERE details LIKE '%(It was not inspected, because a scanner did not answer.)'")).toBe(MAILS)
    expect(await count('message_inspections WHERE incomplete')).toBe(MAILS)
    expect(running.faults).toEqual([])
  }, 90_000)

  it('that hangs has mail wait for it uncharged, which is said once', async () => {
    const running = await meet({ scanners: scanners(), outage: 'defer' })
    await untilAll("messages WHERE status = 'soft_failed'")
    expect(silent.asked()).toBeLessThanOrEqual(ASKED_MAX)
    expect(await count('queue_entries WHERE attempts = 0 AND due_at > NOW(3)')).toBe(MAILS)
    await database.db.$client.query('UPDATE queue_entries SET due_at = NOW(3)')
    await until(async () => (await count('queue_entries WHERE attempts = 0 AND due_at > NOW(3)')) === MAILS, {
      what: 'all to wait again',
      timeoutMs: 60_000,
    })
    expect(await count("deliveries WHERE details LIKE 'Message could not be inspected%'")).toBe(MAILS)
    expect(await count('message_inspections')).toBe(0)
    expect(running.faults).toEqual([])
  }, 120_000)
})
