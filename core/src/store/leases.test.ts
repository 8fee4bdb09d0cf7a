/** Leases on a real database: one holder a node, numbers that never come twice, and the dead make room. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { acquireLease, liveLeases, releaseLease, renewLease } from './leases.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database[Symbol.asyncDispose]())

const acquire = () => acquireLease(database.db, { role: 'test', name: 'test' })
const expire = (node: number) =>
  database.db.$client.query('UPDATE node_leases SET leased_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE node = ?', [node])

it('gives twenty processes that start at once twenty different nodes', async () => {
  const leases = await Promise.all(Array.from({ length: 20 }, acquire))
  expect(new Set(leases.map((lease) => lease.node)).size).toBe(20)
  expect(new Set(leases.map((lease) => lease.lease)).size).toBe(20)
  expect(await liveLeases(database.db)).toEqual(expect.arrayContaining(leases.map((lease) => lease.lease)))
})

it('gives a dead process’s node to the next one, under a number of its own', async () => {
  const dead = await acquire()
  await expire(dead.node)
  const next = await acquire()
  expect(next.node).toBe(dead.node)
  expect(next.lease).toBeGreaterThan(dead.lease)
  expect(await renewLease(database.db, dead)).toBe(false)
  expect(await renewLease(database.db, next)).toBe(true)
})

it('lets a node rest after it is released, because its ids may run ahead of the clock', async () => {
  const first = await acquire()
  await releaseLease(database.db, first)
  expect((await acquire()).node).not.toBe(first.node)
})

it('says so when all nodes are taken', async () => {
  for (let n = 0; n < 64; n += 1) await acquire()
  await expect(acquire()).rejects.toThrow('all 64 nodes are taken')
})
