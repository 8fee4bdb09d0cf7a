/** Migrations: safe for processes that start at once, and empty the second time. */
import { unusedDatabase } from '@posthaste/test/support/database.ts'
import { expect, it } from 'vitest'
import { openDatabase } from './database.ts'
import { migrate } from './migrate.ts'

it('brings an empty server up to date once, though three processes start at the same time', async () => {
  const options = unusedDatabase()
  const now = new Date('2030-06-01T12:00:00Z')
  await Promise.all([migrate(options, now), migrate(options, now), migrate(options, now)])
  await migrate(options, now)
  await using db = openDatabase(options)
  const [nodes] = await db.$client.query('SELECT COUNT(*) AS count FROM node_leases')
  expect(nodes).toEqual([{ count: 64 }])
  const [settings] = await db.$client.query('SELECT @@session.time_zone AS zone, @@session.tx_isolation AS isolation')
  expect(settings).toEqual([{ zone: '+00:00', isolation: 'READ-COMMITTED' }])
  await db.$client.query('DROP DATABASE ??', [options.database])
})
