/** What processes report of sites is added up, and the newest word on each counts. */
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  addSiteTallies,
  domainsOfSite,
  oldestWaiting,
  putSitesOfDomains,
  type SiteTally,
  siteHoursOf,
  sitesOfDomains,
  troubledSites,
} from './site-reports.ts'

const NOON = new Date('2027-01-01T12:00:00Z')
const minutes = (count: number) => new Date(NOON.getTime() + count * 60_000)
const tally = (given: Partial<SiteTally> = {}): SiteTally => ({
  ...{ hour: NOON, site: 'google', sent: 0, delayed: 0, failed: 0, dead: false, triedAt: NOON, refusal: null },
  ...given,
})
const refusal = (reply: string, at: Date) => ({ host: 'mx.google.test', reply, replyClass: 'rate_limited', at })

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  for (const table of ['site_hours', 'site_domains', 'queue_entries']) await database.db.$client.query(`DELETE FROM ${table}`)
})
afterAll(() => database[Symbol.asyncDispose]())

it('adds up what one process reports of an hour, and keeps its last refusal', async () => {
  const { db } = database
  await addSiteTallies(db, 1, [tally({ sent: 2, delayed: 1, dead: true, refusal: refusal('421 slow down', minutes(1)) })])
  await addSiteTallies(db, 1, [tally({ sent: 3, failed: 1, triedAt: minutes(2) })])
  const range = { from: NOON, until: minutes(30) }
  expect(await siteHoursOf(db, ['google', 'elsewhere'], range)).toEqual([
    {
      ...{ site: 'google', hour: NOON, sent: 5, delayed: 1, failed: 1, dead: false, triedAt: minutes(2) },
      refusal: refusal('421 slow down', minutes(1)),
    },
  ])
  expect(await siteHoursOf(db, ['google'], { from: minutes(60), until: minutes(120) })).toEqual([])
  expect(await siteHoursOf(db, [], range)).toEqual([])
})

it('finds the sites in trouble, those that cannot be reached first', async () => {
  const { db } = database
  await addSiteTallies(db, 1, [tally({ sent: 9 }), tally({ site: 'away', delayed: 1, dead: true }), tally({ site: 'slow', delayed: 5 })])
  await addSiteTallies(db, 2, [tally({ site: 'slow', sent: 1, delayed: 2 })])
  expect(await troubledSites(db, { since: minutes(30), limit: 10 })).toEqual([
    { site: 'away', delayed: 1 },
    { site: 'slow', delayed: 5 },
    { site: 'slow', delayed: 2 },
  ])
  expect(await troubledSites(db, { since: NOON, limit: 1 })).toHaveLength(1)
  expect(await troubledSites(db, { since: minutes(60), limit: 10 })).toEqual([])
})

it('remembers where the mail of a domain went last', async () => {
  const { db } = database
  await putSitesOfDomains(
    db,
    [
      { domain: 'b.test', site: 'one' },
      { domain: 'a.test', site: 'one' },
    ],
    NOON,
  )
  await putSitesOfDomains(db, [{ domain: 'a.test', site: 'two' }], minutes(1))
  expect(await sitesOfDomains(db, ['a.test', 'b.test', 'c.test'])).toEqual(
    new Map([
      ['a.test', 'two'],
      ['b.test', 'one'],
    ]),
  )
  expect(await domainsOfSite(db, 'one', 10)).toEqual(['b.test'])
})

it('shows the outgoing mail that has waited longest', async () => {
  const { db } = database
  const entry = (id: number, domain: string, scope = 'outgoing') => [id, 1, 1, scope, domain, minutes(id), minutes(-id)]
  await db.$client.query(
    'INSERT INTO queue_entries (message_id, mail_server_id, raw_mail_id, scope, domain, due_at, created_at) VALUES ?',
    [[entry(1, 'a.test'), entry(2, 'b.test'), entry(3, 'b.test'), entry(4, 'b.test', 'incoming')]],
  )
  const [first, ...others] = await oldestWaiting(db, 10)
  expect(first).toEqual({ messageId: 1, mailServerId: 1, domain: 'a.test', attempts: 0, dueAt: minutes(1), createdAt: minutes(-1) })
  expect(others.map(({ messageId }) => messageId)).toEqual([2, 3])
  expect(await oldestWaiting(db, 1)).toHaveLength(1)
})
