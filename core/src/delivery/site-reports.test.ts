/** How mail to sites went is told to people within seconds, whatever the number of messages, and mail does not wait for it. */
import { siteHoursOf, sitesOfDomains } from '@posthaste/core/store/site-reports.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createSiteReports, type SiteAttempt } from './site-reports.ts'

const HOUR_MS = 3_600_000
const ELEVEN = new Date('2027-01-01T11:00:00Z')
const NOON = new Date(ELEVEN.getTime() + HOUR_MS)

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const attempt = (site: string, given: Partial<SiteAttempt> = {}): SiteAttempt => ({
  ...{ site, host: `mx.${site}.test`, dead: false, outcome: { kind: 'sent', details: '', output: '250 ok' } },
  ...given,
})
const unexpected = (fault: unknown): never => {
  throw fault
}
const putOff = { kind: 'soft_fail', details: 'Put off.', output: `421 ${'x'.repeat(600)}`, replyClass: 'rate_limited' } as const

it('counts by site and hour, keeps the last refusal, and writes what is left when it ends', async () => {
  const { db } = database
  let now = new Date(NOON.getTime() - 1_000)
  const reports = createSiteReports({ db, node: 1, clock: () => now, onFault: unexpected, flushMs: 60_000 })
  reports.note(attempt('one'))
  now = NOON
  reports.note(attempt('one', { outcome: putOff }))
  reports.note(attempt('one', { outcome: { kind: 'hard_fail', details: 'No such domain.', output: '' }, host: null, dead: true }))
  reports.note(attempt('two'))
  for (const led of ['one', 'two', 'two']) reports.lead('one.test', led)
  expect(await siteHoursOf(db, ['one'], { from: ELEVEN, until: NOON })).toEqual([])
  await reports[Symbol.asyncDispose]()

  const hours = await siteHoursOf(db, ['one', 'two'], { from: ELEVEN, until: NOON })
  expect(hours.map(({ site, hour, sent, delayed, failed, dead }) => [site, hour.getUTCHours(), sent, delayed, failed, dead])).toEqual([
    ['one', 11, 1, 0, 0, false],
    ['one', 12, 0, 1, 1, true],
    ['two', 12, 1, 0, 0, false],
  ])
  expect(hours[1]?.refusal).toEqual({ host: null, reply: 'No such domain.', replyClass: null, at: NOON })
  expect(await sitesOfDomains(db, ['one.test'])).toEqual(new Map([['one.test', 'two']]))
})

it('writes by itself after a while, and cuts long replies', async () => {
  const { db } = database
  await using reports = createSiteReports({ db, node: 1, clock: () => NOON, onFault: unexpected, flushMs: 20 })
  reports.note(attempt('three', { outcome: putOff }))
  const [hour] = await until(
    async () => {
      const found = await siteHoursOf(db, ['three'], { from: NOON, until: NOON })
      return found.length > 0 && found
    },
    { what: 'the report' },
  )
  expect(hour?.refusal).toMatchObject({ host: 'mx.three.test', reply: putOff.output.slice(0, 500), replyClass: 'rate_limited' })
})

it('tells of what could not be written, and goes on', async () => {
  const faults: unknown[] = []
  const away = await createTestDatabase()
  const reports = createSiteReports({ db: away.db, node: 1, clock: () => NOON, onFault: (fault) => faults.push(fault), flushMs: 60_000 })
  await away[Symbol.asyncDispose]()
  reports.note(attempt('four'))
  await reports[Symbol.asyncDispose]()
  expect(faults).toHaveLength(1)
})
