import { createTestDatabase } from '@posthaste/test/support/database.ts'
import { until } from '@posthaste/test/support/until.ts'
import { expect, it } from 'vitest'
import { createEndpointUse } from './endpoint-use.ts'

it('notes when endpoints were last used, each in its own table, soon and at the latest in the end', async () => {
  await using database = await createTestDatabase()
  const { db } = database
  await db.$client.query(
    `INSERT INTO http_endpoints (id, mail_server_id, uuid, name, url, created_at)
     VALUES (1, 1, 'a', 'a', 'https://a.test/', NOW(3)), (2, 1, 'b', 'b', 'https://b.test/', NOW(3))`,
  )
  await db.$client.query(
    "INSERT INTO address_endpoints (id, mail_server_id, uuid, address, created_at) VALUES (1, 1, 'c', 'c@c.test', NOW(3))",
  )
  const used = async (table: string) => {
    const [rows] = await db.$client.query('SELECT id FROM ?? WHERE last_used_at IS NOT NULL', [table])
    return (rows as { id: number }[]).map(({ id }) => id) // as selected
  }
  const faults: unknown[] = []
  const use = createEndpointUse({ db, clock: () => new Date('2030-01-01'), onFault: (fault) => faults.push(fault), flushMs: 1 })
  for (const type of ['http', 'http'] as const) use.note(type, 2)
  await until(async () => (await used('http_endpoints')).length > 0, { what: 'the use to be written' })
  use.note('address', 1)
  await use[Symbol.asyncDispose]()
  expect([await used('http_endpoints'), await used('address_endpoints'), faults]).toEqual([[2], [1], []])
})
