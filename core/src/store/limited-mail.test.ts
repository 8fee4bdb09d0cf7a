/** Mail that waits for the end of a suspension is called back when that ends early; other mail is left where it is. */
import { createTestDatabase } from '@posthaste/test/support/database.ts'
import { expect, it } from 'vitest'
import { callBackSuspended } from './limited-mail.ts'
import { putSitesOfDomains } from './site-reports.ts'

const NOON = new Date('2027-01-01T12:00:00Z')
const minutes = (count: number) => new Date(NOON.getTime() + count * 60_000)

it('calls back what waits for this site and this time, and nothing else', async () => {
  await using database = await createTestDatabase()
  const { db } = database
  await putSitesOfDomains(
    db,
    [
      { domain: 'a.test', site: 'google' },
      { domain: 'b.test', site: 'other' },
    ],
    NOON,
  )
  const entry = (id: number, domain: string, due: Date, more: readonly unknown[] = ['outgoing', 'ready', null]) => [
    ...[id, 1, 1, domain, due, NOON],
    ...more,
  ]
  const rows = [
    entry(1, 'a.test', minutes(60)),
    entry(2, 'a.test', minutes(65)),
    entry(3, 'a.test', minutes(20)),
    entry(4, 'b.test', minutes(60)),
    entry(5, 'never-tried.test', minutes(60)),
    entry(6, 'a.test', minutes(60), ['outgoing', 'claimed', 7]),
    entry(7, 'a.test', minutes(60), ['incoming', 'ready', null]),
  ]
  await db.$client.query(
    'INSERT INTO queue_entries (message_id, mail_server_id, raw_mail_id, domain, due_at, created_at, scope, state, claimed_by) VALUES ?',
    [rows],
  )
  const suspended = { from: minutes(60), until: minutes(65) }
  expect(await callBackSuspended(db, { site: 'google', ...suspended }, minutes(1))).toBe(2)
  expect(await callBackSuspended(db, { site: 'never-tried.test', ...suspended }, minutes(1))).toBe(1)
  const [called] = await db.$client.query('SELECT message_id AS id FROM queue_entries WHERE due_at = ? ORDER BY id', [minutes(1)])
  expect(called).toEqual([{ id: 1 }, { id: 2 }, { id: 5 }])
})

it('calls back the mail of the mail server whose own relay or endpoint was suspended, of whatever domain', async () => {
  await using database = await createTestDatabase()
  const { db } = database
  await putSitesOfDomains(db, [{ domain: 'a.test', site: 'google' }], NOON)
  const rows = [
    [1, 7, 1, 'a.test', minutes(60), NOON, 'outgoing'],
    [2, 7, 1, 'shop.test', minutes(60), NOON, 'incoming'],
    [3, 7, 1, 'a.test', minutes(20), NOON, 'outgoing'],
    [4, 77, 1, 'a.test', minutes(60), NOON, 'outgoing'],
  ]
  await db.$client.query(
    'INSERT INTO queue_entries (message_id, mail_server_id, raw_mail_id, domain, due_at, created_at, scope) VALUES ?',
    [rows],
  )
  const suspended = { site: 'relay of mail server 7: smart.test:25 auto', from: minutes(60), until: minutes(65) }
  expect(await callBackSuspended(db, suspended, minutes(1))).toBe(2)
  const [called] = await db.$client.query('SELECT message_id AS id FROM queue_entries WHERE due_at = ? ORDER BY id', [minutes(1)])
  expect(called).toEqual([{ id: 1 }, { id: 2 }])
})
