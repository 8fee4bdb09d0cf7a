/** No entry stays behind under a live lease when the answer to its claim was lost. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { insertQueueEntries } from '../store/acceptances.ts'
import { acquireLease } from '../store/leases.ts'
import { claimDue } from '../store/queue.ts'
import { inTransaction } from '../store/transaction.ts'
import { runQueue } from './runner.ts'
import { createStrayHunt } from './strays.ts'

const NOW = new Date('2030-01-01T12:00:00Z')
const onFault = (fault: unknown) => expect.unreachable(String(fault))

let database: TestDatabase
let lease: number
beforeEach(async () => {
  database = await createTestDatabase()
  lease = (await acquireLease(database.db, { role: 'test', name: 'test' })).lease
  const base = {
    mailServerId: 1,
    rawMailId: 1,
    scope: 'outgoing',
    domain: 'b.test',
    priority: 0,
    dueAt: NOW,
    manual: false,
    expiresAt: null,
  } as const
  await inTransaction(database.db, (tx) =>
    insertQueueEntries(
      tx,
      [1, 2, 3].map((messageId) => ({ messageId, ...base })),
    ),
  )
})
afterEach(() => database[Symbol.asyncDispose]())

/** As when the connection breaks after COMMIT was sent: the claim is made, and nobody here knows. */
const claimUnheard = () => claimDue(database.db, { lease, priority: 0, limit: 10, now: NOW }).then(() => undefined)

async function entries() {
  const [rows] = await database.db.$client.query('SELECT message_id AS id, state, uncertain FROM queue_entries ORDER BY message_id')
  return rows as unknown as { id: number; state: string; uncertain: number }[] // as selected
}

it('what is claimed but not in hand goes back at the second look, and is uncertain if it was being sent', async () => {
  const time = { now: NOW.getTime() }
  const counts: number[] = []
  const onStrays = (count: number) => counts.push(count)
  const hunt = createStrayHunt({ db: database.db, lease, clock: () => new Date(time.now), onFault, onStrays })
  const look = (inHand: readonly number[]) => {
    time.now += 5_000
    return hunt(() => inHand)
  }
  await claimUnheard()
  await database.db.$client.query("UPDATE queue_entries SET state = 'sending' WHERE message_id = 3")
  await look([1])
  expect((await entries()).map(({ state }) => state)).toEqual(['claimed', 'claimed', 'sending'])
  await look([1])
  expect(await entries()).toEqual([
    { id: 1, state: 'claimed', uncertain: 0 },
    { id: 2, state: 'ready', uncertain: 0 },
    { id: 3, state: 'ready', uncertain: 1 },
  ])
  expect(counts).toEqual([2])
})

it('what was being sent waits as after any attempt, for its result may be refused again', async () => {
  const time = { now: NOW.getTime() }
  const hunt = createStrayHunt({ db: database.db, lease, clock: () => new Date(time.now), onFault })
  await claimUnheard()
  await database.db.$client.query("UPDATE queue_entries SET state = 'sending', attempts = 2 WHERE message_id = 3")
  for (let looks = 0; looks < 2; looks += 1) {
    time.now += 5_000
    await hunt(() => [])
  }
  const due = await claimDue(database.db, { lease, priority: 0, limit: 10, now: new Date(time.now + 506_000) })
  expect(due.map(({ messageId, attempts }) => [messageId, attempts])).toEqual([
    [1, 0],
    [2, 0],
  ])
  const [last] = await claimDue(database.db, { lease, priority: 0, limit: 10, now: new Date(time.now + 507_000) })
  expect([last?.messageId, last?.attempts, last?.uncertain]).toEqual([3, 3, true])
})

it('what was between two hands at one look only is left alone', async () => {
  const time = { now: NOW.getTime() }
  const hunt = createStrayHunt({ db: database.db, lease, clock: () => new Date(time.now), onFault })
  await claimUnheard()
  for (const inHand of [[], [1, 2, 3], [], [1, 2, 3]]) {
    time.now += 5_000
    await hunt(() => inHand)
  }
  expect((await entries()).map(({ state }) => state)).toEqual(['claimed', 'claimed', 'claimed'])
})

it('a running worker takes them up again, and those that it works on only once', async () => {
  await claimUnheard()
  const handled: number[] = []
  const stop = new AbortController()
  const release = Promise.withResolvers<void>()
  const time = { now: NOW.getTime() }
  const clock = () => {
    time.now += 1_000
    return new Date(time.now)
  }
  const running = runQueue(
    {
      ...{ db: database.db, lease, clock, onFault, inHandMax: 10, claimMax: 10, idleMs: 5 },
      handle: (claimed) => {
        handled.push(...claimed.map(({ messageId }) => messageId))
        return claimed.map(() => release.promise)
      },
    },
    stop.signal,
  )
  await until(() => handled.length === 3, { what: 'the three to be taken up' })
  const after = time.now
  await until(() => time.now > after + 60_000, { what: 'a minute more' })
  stop.abort()
  release.resolve()
  await running
  expect(handled.toSorted()).toEqual([1, 2, 3])
})
