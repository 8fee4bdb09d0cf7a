/** What a worker says of its machine's addresses, on a real database. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listWorkerAddresses } from '../store/worker-addresses.ts'
import { reportPresence } from './presence.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

it('is said at once, follows what changes, and is taken back at the end', async () => {
  const { db } = database
  const local = { addresses: ['127.0.0.1', '192.0.2.1'], now: new Date('2030-01-01T00:00:00Z') }
  const faults: unknown[] = []
  const presence = reportPresence({
    ...{ db, node: 7, machine: 'mta1', everyMs: 20, onFault: (fault) => faults.push(fault) },
    ...{ clock: () => local.now, localAddresses: () => new Set(local.addresses) },
  })
  const said = async () => (await listWorkerAddresses(db)).map(({ addresses, ...rest }) => ({ ...rest, addresses: [...addresses] }))
  await until(async () => (await said()).length === 1, { what: 'the first report' })
  expect(await said()).toEqual([{ machine: 'mta1', seenAt: local.now, addresses: local.addresses }])

  local.addresses = ['127.0.0.1']
  local.now = new Date('2030-01-01T00:01:00Z')
  await until(async () => (await said())[0]?.addresses.length === 1, { what: 'the change' })
  expect(await said()).toEqual([{ machine: 'mta1', seenAt: local.now, addresses: ['127.0.0.1'] }])
  await presence[Symbol.asyncDispose]()
  expect(await said()).toEqual([])
  expect(faults).toEqual([])
})

it('of one worker is nothing to another', async () => {
  const { db } = database
  const make = (node: number) =>
    reportPresence({
      ...{ db, node, machine: 'mta1', onFault: () => undefined },
      ...{ clock: () => new Date('2030-01-01T00:00:00Z'), localAddresses: () => new Set(['192.0.2.1']) },
    })
  const [one, other] = [make(1), make(2)]
  await until(async () => (await listWorkerAddresses(db)).length === 2, { what: 'both reports' })
  await one[Symbol.asyncDispose]()
  expect(await listWorkerAddresses(db)).toHaveLength(1)
  await other[Symbol.asyncDispose]()
})
