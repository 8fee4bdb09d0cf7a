/** Tracking domains are shown to members and readers, changed by those who may, and closed to strangers. */
import { type AdminSite, type AdminTenant, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findDomain } from '../../../store/domains.ts'
import { listTrackingDomains } from '../../../store/tracking-domains.ts'

let site: AdminSite
let acme: AdminTenant
let path: string
let domain: string
let member: Visitor
let reader: Visitor
let stranger: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  site.pretend(0)
  acme = await site.tenant('Acme')
  const zeta = await site.tenant('Zeta')
  path = `${acme.path}/tracking-domains`
  domain = (await findDomain(site.manage.db, acme.domainId))?.uuid ?? ''
  member = await visitorOf(site, { name: 'Mia Member', in: [acme, 'member'] })
  reader = await visitorOf(site, { name: 'Rea Reader', in: [acme, 'reader'] })
  stranger = await visitorOf(site, { name: 'Stan Stranger', in: [zeta, 'owner'] })
})
afterAll(() => site[Symbol.asyncDispose]())

const known = async () => (await listTrackingDomains(site.manage.db, { mailServerId: acme.mailServer.id }))[0]
const hrefOf = async () => `${path}/${(await known())?.uuid}`
const ON = { tls: 'yes', trackOpens: 'yes', trackClicks: 'yes', excludedClickDomains: '' }

it('adds one for a domain that has none, and says which record to publish', async () => {
  expect((await member.get(path)).body).toContain('No mail is tracked')
  for (const [more, message] of [
    [{ name: 'two.labels', domainId: domain }, 'name must be one label'],
    [{ name: 'click', domainId: 'foreign' }, 'There is no such domain'],
    [{ name: 'click', domainId: domain, excludedClickDomains: 'not a host!' }, 'excludedClickDomains must list hosts'],
  ] as const) {
    const { status, body } = await member.post(path, { ...ON, ...more })
    expect([status, body.includes(message), body.includes(`value="${more.name}"`)]).toEqual([422, true, true])
  }
  const added = await member.post(path, { ...ON, name: 'click', domainId: domain })
  expect(added).toMatchObject({ status: 303, location: await hrefOf() })
  const { body } = await member.get(added.location ?? '')
  for (const text of ['click.acme.example', site.manage.dnsNames.trackDomain, 'Publish it, or nothing is tracked'])
    expect(body).toContain(text)
  expect((await member.get(path)).body).toContain('Every verified domain has one already')
  expect((await member.post(path, { ...ON, name: 'more', domainId: domain })).body).toContain('already has a tracking domain')
})

it('is shown on the page of its domain, which offers one where there is none', async () => {
  const at = `${acme.path}/domains/${domain}`
  expect((await reader.get(at)).body).toContain(`href="${await hrefOf()}"`)
  await site.manage.db.$client.query('UPDATE tracking_domains SET domain_id = domain_id + 1')
  expect((await member.get(at)).body).toMatch(/is not tracked[\s\S]*Add a tracking domain/)
  expect((await reader.get(at)).body).not.toContain('Add a tracking domain')
  await site.manage.db.$client.query('UPDATE tracking_domains SET domain_id = domain_id - 1')
})

it('changes what is tracked, and looks the record up', async () => {
  const href = await hrefOf()
  await member.post(`${href}/settings`, { trackClicks: 'yes', offerUnsubscribe: 'yes', excludedClickDomains: 'a.example\n*.b.example' })
  expect(await known()).toMatchObject({ tls: false, trackOpens: false, trackClicks: true, offerUnsubscribe: true })
  const wrong = await member.post(`${href}/settings`, { ...ON, excludedClickDomains: '<b>' })
  expect([wrong.status, wrong.body.includes('&lt;b&gt;')]).toEqual([422, true])
  expect((await known())?.excludedClickDomains).toBe('a.example\n*.b.example')
  expect(await member.post(`${href}/checks`)).toMatchObject({ status: 303, location: href })
})

it('shows readers no forms but the look-up, and strangers nothing', async () => {
  const href = await hrefOf()
  const { body } = await reader.get(href)
  expect([body.includes('tracks clicks, by http, with one-click unsubscription'), body.includes(`${href}/settings`)]).toEqual([true, false])
  expect((await reader.post(`${href}/settings`, ON)).status).toBe(403)
  expect((await reader.post(`${href}/removal`)).status).toBe(403)
  expect((await reader.post(path, { ...ON, name: 'x', domainId: domain })).status).toBe(403)
  for (const at of [path, href]) expect((await stranger.get(at)).status).toBe(404)
  expect((await stranger.get(href.replace('acme', 'zeta'))).status).toBe(404)
  expect(await member.post(`${href}/removal`)).toMatchObject({ status: 303, location: path })
  expect((await member.get(href)).status).toBe(404)
})
