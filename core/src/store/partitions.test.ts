/** Daily partitions of raw mail on a real database. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstIdAt } from '../domain/ids.ts'
import { dropDaysBefore, ensureDays, existingDays, keepRawMailDays } from './partitions.ts'

let database: TestDatabase
const day = (n: number) => new Date(Date.UTC(2031, 4, n, 15))

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

it('makes the days of the coming week, also when two processes do it at once', async () => {
  const { $client } = database.db
  await Promise.all([ensureDays($client, day(1)), ensureDays($client, day(1))])
  const days = await existingDays($client)
  expect(days.slice(-8)).toEqual(['d20310501', 'd20310502', 'd20310503', 'd20310504', 'd20310505', 'd20310506', 'd20310507', 'd20310508'])
})

it('drops old days whole, and keeps what is younger', async () => {
  const { $client } = database.db
  await ensureDays($client, day(1))
  for (const at of [day(1), day(3)]) {
    await $client.query('INSERT INTO raw_mails (id, mail_server_id, size, data) VALUES (?, 1, 1, ?)', [firstIdAt(at), 'x'])
  }
  await dropDaysBefore($client, day(3))
  const [rows] = await $client.query('SELECT id FROM raw_mails')
  expect(rows).toEqual([{ id: firstIdAt(day(3)) }])
  expect(await existingDays($client)).not.toContain('d20310502')
})

it('keeps every day while one mail server keeps its mail for ever', async () => {
  const { $client } = database.db
  const add = (id: number, days: number | null) =>
    $client.query(
      "INSERT INTO mail_servers (id, organization_id, uuid, name, permalink, token, raw_retention_days, created_at) VALUES (?, 1, ?, 'n', ?, ?, ?, '2031-01-01')",
      [id, `u${id}`, `p${id}`, `t${id}`, days],
    )
  expect(await keepRawMailDays($client)).toBeNull()
  await add(1, 30)
  await add(2, 60)
  expect(await keepRawMailDays($client)).toBe(60)
  await add(3, null)
  expect(await keepRawMailDays($client)).toBeNull()
})
