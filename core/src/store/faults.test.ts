/** A database that is away is known by real faults of the driver: what has happened waits for it, and is not thrown away. */
import { createServer } from 'node:net'
import { createTestDatabase } from '@posthaste/test/support/database.ts'
import { expect, it } from 'vitest'
import { type Address, openDatabase } from './database.ts'
import { isAway } from './faults.ts'

async function faultOf(address: Address): Promise<unknown> {
  const { $client: pool } = openDatabase({ address, user: 'nobody', connectionsMax: 1 })
  const fault: unknown = await pool.query('SELECT 1').then(
    () => expect.unreachable('there is a database'),
    (thrown: unknown) => thrown,
  )
  await pool.end().catch(() => undefined) // it says again what was wrong
  return fault
}

/** Nobody listens there any more. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : expect.unreachable('it listened')
}

it.each<[string, () => Promise<Address> | Address]>([
  ['its port is closed', async () => ({ host: '127.0.0.1', port: await closedPort() })],
  ['its socket is gone', () => ({ socketPath: '/nowhere/mariadb.sock' })],
  ['its name is gone, as that of a container that has stopped', () => ({ host: 'database.invalid', port: 3306 })],
  ['there is no way to its network', () => ({ host: '255.255.255.255', port: 3306 })],
])('a database is away when %s', async (_, address) => {
  const fault = await faultOf(await address())
  expect(isAway(fault), String(fault)).toBe(true)
})

it('a database that refuses a statement is not away', async () => {
  await using database = await createTestDatabase()
  const fault = await database.db.$client.query('INSERT INTO nothing VALUES (1)').catch((thrown: unknown) => thrown)
  expect(isAway(fault)).toBe(false)
})
