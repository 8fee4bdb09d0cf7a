/** Sites and their limits are shown to operators, who set and lift limits; to nobody else. */
import { addSiteTallies, putSitesOfDomains } from '@posthaste/core/store/site-reports.ts'
import { type AdminSite, type AdminTenant, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

const HOUR_MS = 3_600_000
const DEAD = 'mx1.gone.example,mx2.gone.example'
const suspension = { kind: 'suspend', amount: '', minutes: '60', reason: 'Until Monday' }

let site: AdminSite
let operator: Visitor
let owner: Visitor
let acme: AdminTenant
let message = 0

beforeAll(async () => {
  site = await startAdminSite()
  acme = await site.tenant('Acme')
  operator = await visitorOf(site, { name: 'Olga Operator', admin: true })
  owner = await visitorOf(site, { name: 'Otto Owner', in: [acme, 'owner'] })
})
afterAll(() => site[Symbol.asyncDispose]())

it('say that there is no trouble while there is none', async () => {
  const { status, body } = await operator.get('/sites')
  expect([status, body.includes('No mail waits, and no site gives trouble')]).toEqual([200, true])
})

it('show what waits for a dead site, what it said last, and which message comes next', async () => {
  site.pretend(80) // what was read of the queue is some minutes old now
  const { db, clock } = site.manage
  const now = clock()
  message = await acme.mail({ rcptTo: 'ana@gone.example' })
  const refusal = { host: 'mx1.gone.example', reply: 'connect <timed> out', replyClass: 'timed_out', at: now }
  const hour = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS)
  await addSiteTallies(db, 1, [{ hour, site: DEAD, sent: 0, delayed: 4, failed: 0, dead: true, triedAt: now, refusal }])
  await putSitesOfDomains(db, [{ domain: 'gone.example', site: DEAD }], now)

  const list = await operator.get('/sites')
  expect(list.body).toContain('Cannot be reached')
  expect(list.body).toContain('The server did not answer in time.')
  expect(list.body).toContain('100 % of 4 attempts')
  expect(list.body).toContain(`href="/sites/${encodeURIComponent(DEAD)}"`)
  expect(await operator.get('/sites?ask=Gone.Example')).toMatchObject({ status: 303, location: '/sites/Gone.Example' })

  for (const name of ['Gone.Example', encodeURIComponent(DEAD)]) {
    const { status, body } = await operator.get(`/sites/${name}`)
    expect(status).toBe(200)
    expect(body).toContain('In plain words')
    expect(body).toContain('connect &lt;timed&gt; out')
    expect(body).toContain(`href="${acme.path}/messages/${message}"`)
  }
  expect((await operator.get('/sites/gone.example')).body).toContain('Its mail goes to the site')
  expect((await operator.get(`/sites/${encodeURIComponent(DEAD)}`)).body).not.toContain('Its mail goes to the site')
})

it('are limited by hand and freed again, and somebody can find out who did', async () => {
  const page = `/sites/${encodeURIComponent(DEAD)}`
  await operator.get('/sites/gone.example')
  expect(await operator.post('/sites/gone.example/limits', suspension)).toMatchObject({ status: 303, location: page })
  const { body } = await operator.get(page)
  expect(body).toContain('Set. Workers keep to it within seconds.')
  expect(body).toContain('Until Monday')
  const [, id = ''] = /\/sites\/limits\/(\d+)\/removal/.exec(body) ?? []
  expect((await operator.get('/sites')).body).toContain('Suspended')
  expect(await operator.post(`/sites/limits/${id}/removal`, { return_to: page })).toMatchObject({ status: 303, location: page })
  expect((await operator.get(page)).body).toContain('None but the usual.')
  const again = await operator.post(`/sites/limits/${id}/removal`, { return_to: 'https://evil.example/' })
  expect(again).toMatchObject({ status: 303, location: '/' })
  expect((await operator.get(page)).body).toContain('That limit had ended already.')
})

it('keep what was typed beside what was wrong with it', async () => {
  const wrong = await operator.post('/sites/google/limits', { kind: 'rate', amount: '', minutes: '240', reason: 'x < y' })
  expect(wrong.status).toBe(422)
  expect(wrong.body).toContain('amount must be a whole number from 1 to 100000.')
  expect(wrong.body).toContain('value="x &lt; y"')
  expect(wrong.body).toMatch(/<option value="240" selected/)
  expect((await operator.post('/sites/google/limits', { ...suspension, minutes: 'soon' })).status).toBe(422)
  expect((await operator.post('/sites/google/limits', { ...suspension, kind: 'move' })).status).toBe(422)
})

it('are not for members, nor for those who have not signed in or bring no token', async () => {
  await owner.get('/')
  for (const path of ['/sites', '/sites/google', '/sites?ask=google']) {
    const { status } = await owner.get(path)
    expect([path, status]).toEqual([path, path.includes('?') ? 303 : 403])
  }
  for (const path of ['/sites/google/limits', '/sites/limits/1/removal']) {
    expect([path, (await owner.post(path, suspension)).status]).toEqual([path, 403])
    expect([path, (await operator.post(path, { ...suspension, form_token: 'forged' })).status]).toEqual([path, 403])
  }
  expect((await owner.get('/')).body).not.toContain('href="/sites"')
  expect((await operator.get('/')).body).toContain('href="/sites"')
  expect((await createVisitor(site.url).get('/sites')).status).toBe(303)
})
