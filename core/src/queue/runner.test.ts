/** Claims are few and large when hands are full, and nothing waits that could be claimed. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { insertQueueEntries } from '../store/acceptances.ts'
import { acquireLease } from '../store/leases.ts'
import type { QueueEntry } from '../store/queue.ts'
import { inTransaction } from '../store/transaction.ts'
import { runQueue } from './runner.ts'

const NOW = new Date('2030-01-01T12:00:00Z')
const IN_HAND_MAX = 20
const CLAIM_MAX = 10
const ENTRIES = 60

let database: TestDatabase
let lease: number
beforeEach(async () => {
  database = await createTestDatabase()
  lease = (await acquireLease(database.db, { role: 'test', name: 'test' })).lease
  const base = { mailServerId: 1, rawMailId: 1, scope: 'outgoing', domain: 'b.test', priority: 0, dueAt: NOW } as const
  const entries = Array.from({ length: ENTRIES }, (_, n) => ({ ...base, messageId: n + 1, manual: false, expiresAt: null }))
  await inTransaction(database.db, (tx) => insertQueueEntries(tx, entries))
})
afterEach(() => database[Symbol.asyncDispose]())

/** A worker that finishes what it is told to. */
function startRunner(idleMs: number) {
  const claims: number[] = []
  const open: (() => void)[] = []
  const ending = new AbortController()
  const handle = (entries: readonly QueueEntry[]) => {
    if (entries.length > 0) claims.push(entries.length)
    return entries.map(() => new Promise<void>((resolve) => open.push(resolve)))
  }
  const onFault = (fault: unknown) => expect.unreachable(String(fault))
  const running = runQueue(
    { db: database.db, lease, clock: () => NOW, inHandMax: IN_HAND_MAX, claimMax: CLAIM_MAX, idleMs, handle, onFault },
    ending.signal,
  )
  const finish = (count: number) => {
    for (const resolve of open.splice(0, count)) resolve()
  }
  const stop = async () => {
    ending.abort()
    finish(open.length)
    await running
  }
  return { claims, finish, stop }
}

it('full hands claim again when half a claim fits', async () => {
  const runner = startRunner(60_000)
  await until(() => runner.claims.length === 2, { what: 'claim 2' })
  runner.finish(4)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(runner.claims).toEqual([10, 10])
  runner.finish(1)
  await until(() => runner.claims.length === 3, { what: 'claim 3' })
  expect(runner.claims).toEqual([10, 10, 5])
  await runner.stop()
})

it('full hands claim what fits after the idle wait, however little', async () => {
  const runner = startRunner(50)
  await until(() => runner.claims.length === 2, { what: 'claim 2' })
  runner.finish(1)
  await until(() => runner.claims.length === 3, { what: 'claim 3' })
  expect(runner.claims).toEqual([10, 10, 1])
  await runner.stop()
})

it('the end waits for what is in hand', async () => {
  const runner = startRunner(50)
  await until(() => runner.claims.length === 2, { what: 'claim 2' })
  await runner.stop()
  const [rows] = await database.db.$client.query("SELECT COUNT(*) AS count FROM queue_entries WHERE state = 'claimed'")
  expect(rows).toEqual([{ count: IN_HAND_MAX }])
})
