import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { seedSender } from '@posthaste/test/support/engine.ts'
import { addHttpEndpoint, addRoute } from '@posthaste/test/support/incoming-mail.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createIncomingDirectory } from './incoming-directory.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  await addHttpEndpoint(database.db, 'https://one.test/')
  await addRoute(database.db, { endpoint: ['http', 1] })
})
afterAll(() => database[Symbol.asyncDispose]())

const NAMED = { mailServerId: 1, id: 1 }

it('sees an edit after seconds, and asks for nothing again before', async () => {
  let now = 0
  const directory = createIncomingDirectory(database.db, () => new Date(now), 3_000)
  const read = async () => {
    const [rules, route, endpoint] = await Promise.all([directory.rules(1), directory.route(NAMED), directory.endpoint('http', NAMED)])
    return [rules?.spamThreshold, route?.mode, endpoint?.type === 'http' && endpoint.endpoint.url]
  }
  expect(await read()).toEqual([5, 'endpoint', 'https://one.test/'])
  const { $client } = database.db
  await $client.query('UPDATE mail_servers SET spam_threshold = 7')
  await $client.query("UPDATE routes SET mode = 'hold'")
  await $client.query("UPDATE http_endpoints SET url = 'https://two.test/'")
  now = 2_999
  expect(await read()).toEqual([5, 'endpoint', 'https://one.test/'])
  now = 3_000
  expect(await read()).toEqual([7, 'hold', 'https://two.test/'])
})

it('shows no mail server what belongs to another', async () => {
  const directory = createIncomingDirectory(database.db, () => new Date(0))
  const others = { mailServerId: 2, id: 1 }
  expect([await directory.route(others), await directory.endpoint('http', others), await directory.endpoint('smtp', NAMED)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
