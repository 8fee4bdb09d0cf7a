/** Scheduled tasks on a real database: each does its work, and does nothing the second time. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstIdAt } from '../domain/ids.ts'
import { createLogger } from '../observe/logger.ts'
import { findInspection, saveInspections } from '../store/inspections.ts'
import { prune } from './prune.ts'
import { runTasks } from './schedule.ts'

const NOW = new Date('2030-01-10T00:00:00Z')
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

it('prune removes what is over, tells what it was, and leaves the rest', async () => {
  const { db } = database
  await db.$client.query("INSERT INTO ingested_events (ulid, ingested_at) VALUES ('old', '2030-01-01'), ('new', '2030-01-09')")
  await db.$client.query(
    `INSERT INTO suppressions (id, mail_server_id, address, reason, source, keep_until, created_at) VALUES
     (1, 1, 'over@a.test', 'r', 's', '2030-01-09', '2030-01-01'), (2, 1, 'ever@a.test', 'r', 's', NULL, '2030-01-01')`,
  )
  await db.$client.query("INSERT INTO send_minutes (mail_server_id, minute, node) VALUES (1, '2030-01-08', 1), (1, '2030-01-09 23:00', 1)")
  const found = { spamScore: 0, threat: false, threatDetails: '', incomplete: false, checks: [], authentication: null, report: null }
  for (const [messageId, createdAt] of [
    [1, new Date('2029-10-01')],
    [2, new Date('2029-12-01')],
  ] as const)
    await saveInspections(db, [{ inspection: { ...found, messageId, mailServerId: 1, createdAt }, scanned: false }])
  await db.$client.query("INSERT INTO delivery_transcripts (delivery_id, mail_server_id, transcript) VALUES (?, 1, 'x'), (?, 1, 'x')", [
    firstIdAt(new Date('2030-01-02')),
    firstIdAt(new Date('2030-01-04')),
  ])
  await db.$client.query(
    `INSERT INTO site_limits (id, site, kind, rule, reply, created_at, until)
     VALUES (1, 's', 'suspend', 'r', '', '2029-12-01', '2029-12-02'), (2, 's', 'suspend', 'r', '', '2029-12-30', '2029-12-31')`,
  )
  await db.$client.query(
    `INSERT INTO mta_sts_policies (domain, policy_id, mode, hosts, expires_at)
     VALUES ('over.test', '1', 'enforce', '[]', '2030-01-09'), ('holds.test', '1', 'enforce', '[]', '2030-01-11')`,
  )
  await db.$client.query(
    "INSERT INTO warmup_days (ip_address_id, provider, day, budget) VALUES (1, 'other', '2029-08-01', 5), (1, 'other', '2030-01-01', 5)",
  )
  await db.$client.query(
    `INSERT INTO worker_addresses (node, machine, addresses, seen_at)
     VALUES (1, 'gone', '[]', '2030-01-08 23:00'), (2, 'silent', '[]', '2030-01-09 01:00')`,
  )
  const task = prune(db, () => NOW, 7)
  const tables = ['ingested_events', 'message_inspections', 'send_minutes', 'delivery_transcripts', 'site_limits', 'mta_sts_policies']
  expect(await task.run()).toBe([...tables, 'warmup_days', 'worker_addresses', 'suppressions'].map((table) => `1 of ${table}`).join(', '))
  expect(await task.run()).toBeUndefined()
  const [left] = await db.$client.query('SELECT address FROM suppressions')
  expect(left).toEqual([{ address: 'ever@a.test' }])
  expect([await findInspection(db, 1, 1), (await findInspection(db, 1, 2))?.messageId]).toEqual([undefined, 2])
})

it('a task that fails has its next turn, and does not keep others from theirs', async () => {
  const stop = new AbortController()
  const runs: string[] = []
  const task = (name: string, run: () => Promise<undefined>) => ({ name, everyMs: 1, run })
  const running = runTasks(
    {
      tasks: [
        task('bad', async () => {
          runs.push('bad')
          throw new Error('bad')
        }),
        task('good', async () => {
          runs.push('good')
          if (runs.filter((name) => name === 'good').length >= 3 && runs.filter((name) => name === 'bad').length >= 3) stop.abort()
          return undefined
        }),
      ],
      random: () => 0,
      log: createLogger({ level: 'silent', role: 'worker', clock: () => NOW }),
      firstWaitMs: 1,
    },
    stop.signal,
  )
  await running
  expect(runs.filter((name) => name === 'bad').length).toBeGreaterThanOrEqual(3)
})
