/** Nothing of a deleted mail server stays, in whatever table; nothing of others goes. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { removeDeleted } from './remove-deleted.ts'

const NOW = new Date('2030-01-10T00:00:00Z')
const LONG_AGO = '2030-01-02'
const LATELY = '2030-01-09'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const query = async <T>(sql: string, values: unknown[] = []): Promise<T[]> => {
  const [rows] = await database.db.$client.query(sql, values)
  return rows as unknown as T[] // as each statement selects
}

type Column = { readonly tableName: string; readonly name: string; readonly type: string; readonly wanted: number }

const columnsOf = () =>
  query<Column>(
    `SELECT table_name AS tableName, column_name AS name, data_type AS type, is_nullable = 'NO' AND column_default IS NULL AS wanted
     FROM information_schema.columns WHERE table_schema = DATABASE()`,
  )

const OWNERS = ['mail_server_id', 'organization_id', 'domain_id']

/** A row for each owner in each table, whose ids are all the owner's number, so that rows belong together. */
async function fill(columns: readonly Column[], owners: readonly number[]): Promise<void> {
  const owned = Map.groupBy(columns, ({ tableName }) => tableName)
  const connection = await database.db.$client.getConnection()
  await connection.query('SET SESSION check_constraint_checks = 0') // what is in the rows does not matter here
  for (const [table, of] of owned) {
    const named = of.filter(({ name, wanted }) => wanted || OWNERS.includes(name))
    for (const owner of owners)
      await connection.query(`INSERT INTO ${table} (${named.map(({ name }) => `\`${name}\``).join(', ')}) VALUES (?)`, [
        named.map(({ name, type }) => valueFor(type, name, owner)),
      ])
  }
  connection.destroy()
}

function valueFor(type: string, name: string, owner: number): unknown {
  if (name === 'key_id' || name === 'node') return owner % 50
  if (/int|decimal/.test(type)) return owner
  if (/date/.test(type)) return LATELY
  if (/blob|binary/.test(type)) return Buffer.from(`${owner}`.padEnd(8, '0'))
  return type === 'longtext' ? '{}' : `${owner}`
}

it('after a week, with their organizations', async () => {
  const columns = await columnsOf()
  const tables = [...new Set(columns.filter(({ name }) => name === 'mail_server_id').map(({ tableName }) => tableName))]
  expect(tables.length).toBeGreaterThan(20)
  const dependent = ['mail_servers', 'organizations', 'memberships', 'organization_ip_pools', 'additional_endpoints', 'dkim_keys']
  const [own, kept, ofOrganization, lately] = [101, 102, 103, 104]
  const wanted = columns.filter(({ tableName }) => tables.includes(tableName) || dependent.includes(tableName))
  await fill(wanted, [own, kept, ofOrganization, lately])
  await query('UPDATE mail_servers SET deleted_at = ? WHERE id = ?', [LONG_AGO, own])
  await query('UPDATE mail_servers SET deleted_at = ? WHERE id = ?', [LATELY, lately])
  await query('UPDATE organizations SET deleted_at = ? WHERE id = ?', [LONG_AGO, ofOrganization])

  const task = removeDeleted(database.db, () => NOW)
  expect(await task.run()).toBe('2 mail servers, 1 organizations')
  expect(await task.run()).toBeUndefined()
  const left: Record<string, number[]> = {}
  for (const table of tables) {
    const rows = await query<{ id: number }>(`SELECT mail_server_id AS id FROM ${table} ORDER BY 1`)
    left[table] = rows.map(({ id }) => id)
  }
  expect(left).toEqual(Object.fromEntries(tables.map((table) => [table, [kept, lately]])))
  for (const table of ['memberships', 'organization_ip_pools']) {
    const rows = await query<{ id: number }>(`SELECT organization_id AS id FROM ${table} ORDER BY 1`)
    expect([table, rows.map(({ id }) => id)]).toEqual([table, [own, kept, lately]])
  }
  const ids = async (table: string) => (await query<{ id: number }>(`SELECT id FROM ${table} ORDER BY 1`)).map(({ id }) => id)
  expect([await ids('mail_servers'), await ids('organizations')]).toEqual([
    [kept, lately],
    [own, kept, lately],
  ])
  expect([await ids('additional_endpoints'), await ids('dkim_keys')]).toEqual([
    [kept, lately],
    [kept, lately],
  ])
})
