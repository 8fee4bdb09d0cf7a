import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { acquireLease, type Lease } from '../store/leases.ts'
import { putWorkerAddresses } from '../store/worker-addresses.ts'
import { createShares } from './shares.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const live = (role: string): Promise<Lease> => acquireLease(database.db, { role, name: 'test' })
const say = ({ node }: Lease, ...addresses: string[]) =>
  putWorkerAddresses(database.db, node, { machine: `m${node}`, addresses: new Set(addresses), seenAt: new Date() })

it('counts workers that live and may have the address, and no other processes', async () => {
  const [own, beside, elsewhere] = [await live('worker'), await live('worker'), await live('worker')]
  await live('web')
  await say(own, '192.0.2.1', '192.0.2.2')
  await say(beside, '192.0.2.1')
  const shares = createShares({ db: database.db, lease: own.lease })
  const workers = (sourceIp: string) => shares.of({ site: 'mx.b.test', sourceIp }).workers
  expect(workers('')).toBe(1)

  await shares.refresh()
  expect(['', '192.0.2.1', '192.0.2.2', '192.0.2.3'].map(workers)).toEqual([3, 3, 2, 2])
  await say(elsewhere, '192.0.2.3')
  await shares.refresh()
  expect(['', '192.0.2.1', '192.0.2.2', '192.0.2.3'].map(workers)).toEqual([3, 2, 1, 2])

  await database.db.$client.query('UPDATE node_leases SET leased_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE node = ?', [
    beside.node,
  ])
  await shares.refresh()
  expect(['', '192.0.2.1'].map(workers)).toEqual([2, 1])
})
