/** The overview shows sites in the order of their trouble, with the mail that waits for them. */
import { addSiteTallies, putSitesOfDomains, type SiteTally } from '@posthaste/core/store/site-reports.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createManageFixture, type ManageFixture } from './manage.fixture.ts'
import { setSiteLimit } from './site-limits.ts'
import { createLines, siteOverview } from './site-overview.ts'

let fixture: ManageFixture
beforeAll(async () => {
  fixture = await createManageFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const HOUR_MS = 3_600_000

async function fill({ db, clock }: ManageFixture['manage']): Promise<void> {
  const now = clock()
  const tally = (site: string, given: Partial<SiteTally>): SiteTally => ({
    ...{ hour: new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS), site, sent: 0, delayed: 0, failed: 0, dead: false, triedAt: now },
    ...{ refusal: null, ...given },
  })
  const earlier = new Date(now.getTime() - 1_000)
  const refusal = { host: 'mx.slow.test', reply: '421 later', replyClass: 'rate_limited', at: now }
  await addSiteTallies(db, 1, [
    tally('slow', { sent: 5, delayed: 5, refusal: { ...refusal, reply: '421 earlier', at: earlier } }),
    tally('away', { delayed: 1, dead: true }),
    tally('back', { delayed: 1, sent: 90, dead: true, triedAt: earlier }),
    tally('fine', { sent: 90 }),
    tally('limited', { sent: 9 }),
  ])
  await addSiteTallies(db, 2, [tally('slow', { delayed: 1, refusal }), tally('back', { sent: 1 })])
  await putSitesOfDomains(
    db,
    ['a', 'b'].map((name) => ({ domain: `${name}.test`, site: 'fine' })),
    now,
  )
  const entry = (id: number, domain: string) => [id, 1, 1, 'outgoing', domain, now, new Date(now.getTime() - id * 1_000)]
  await db.$client.query(
    'INSERT INTO queue_entries (message_id, mail_server_id, raw_mail_id, scope, domain, due_at, created_at) VALUES ?',
    [[entry(1, 'a.test'), entry(2, 'b.test'), entry(3, 'new.test')]],
  )
}

it('puts what stands still before what is slow, and that before what only waits', async () => {
  const { manage } = fixture
  await fill(manage)
  await setSiteLimit(manage, { site: 'limited', kind: 'rate', amount: 5, minutes: 60 })
  await setSiteLimit(manage, { site: 'stopped', kind: 'suspend', minutes: 60 })
  const overview = await siteOverview(manage, createLines(manage))
  expect(overview.sites.map(({ site, trouble, waiting }) => [site, trouble, waiting])).toEqual([
    ['stopped', 'suspended', 0],
    ['away', 'away', 0],
    ['limited', 'limited', 0],
    ['slow', 'slow', 0],
    ['fine', 'none', 2],
    ['new.test', 'none', 1],
    ['back', 'none', 0],
  ])
  expect(overview).toMatchObject({ waiting: 3, waitedFor: 2, partly: false })
  expect(overview.sites.find(({ site }) => site === 'slow')).toMatchObject({
    ...{ outcomes: { sent: 5, delayed: 6, failed: 0 }, refusal: { reply: '421 later' } },
  })
  expect(overview.sites.find(({ site }) => site === 'fine')?.oldestAt).toEqual(new Date(manage.clock().getTime() - 2_000))
})

it('reads the queue once for all who look within seconds', async () => {
  const { manage, passMs } = fixture
  const lines = createLines(manage)
  const first = await siteOverview(manage, lines)
  await manage.db.$client.query('DELETE FROM queue_entries')
  expect((await siteOverview(manage, lines)).waiting).toBe(first.waiting)
  passMs(5_000)
  expect((await siteOverview(manage, lines)).waiting).toBe(0)
})

it('is for operators alone', async () => {
  const owner = await (await fixture.tenant('Acme')).member('owner')
  await expect(siteOverview(owner, createLines(fixture.manage))).rejects.toMatchObject({ code: 'auth.forbidden' })
})
