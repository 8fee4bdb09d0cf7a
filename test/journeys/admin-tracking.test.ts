/** Tracking domains in a real browser: empty and full, on desk and phone, in light and dark. */
import { addDomain } from '@posthaste/core/manage/domains.ts'
import { approveTrackingDomain, createTrackingDomain } from '@posthaste/core/manage/tracking-domains.ts'
import { updateTrackingDomain } from '@posthaste/core/store/tracking-domains.ts'
import { launchBrowser, screenshot, type TestBrowser } from '@posthaste/test/support/browser.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from './admin-audit.ts'
import { DESK, LOOKS, overflow, signedInPage } from './admin-looks.ts'
import { type AdminSite, type AdminTenant, startAdminSite } from './admin-site.ts'

let site: AdminSite
let browser: TestBrowser
let full: AdminTenant
let empty: AdminTenant
let broken: string
const [MEMBER, NEW] = ['mia.member@people.example', 'nora.new@people.example']

beforeAll(async () => {
  browser = await launchBrowser()
  site = await startAdminSite()
  site.pretend(0)
  full = await site.tenant('Acme')
  empty = await site.tenant('Novel')
  await site.user({ name: 'Mia Member', in: [full, 'member'] })
  await site.user({ name: 'Nora New', in: [empty, 'member'] })
  const { manage } = site
  const { mailServer, organization, domainId, path } = full
  const own = { mailServerId: mailServer.id }
  const news = await addDomain(manage, {
    ...own,
    organizationId: organization.id,
    name: 'news.with.a.long.name.acme.example',
    verified: true,
  })
  await addDomain(manage, { ...own, organizationId: organization.id, name: 'free.acme.example', verified: true })
  await approveTrackingDomain(manage, await createTrackingDomain(manage, { ...own, domainId, name: 'click' }))
  const { id, uuid } = await createTrackingDomain(manage, {
    ...own,
    domainId: news.id,
    name: 'read',
    offerUnsubscribe: true,
    trackOpens: false,
  })
  const dnsError =
    'read.news.with.a.long.name.acme.example is a CNAME to somewhere.else.example. It should be a CNAME to track.postal.test.'
  await updateTrackingDomain(manage.db, id, { dnsStatus: 'invalid', dnsError })
  broken = `${path}/tracking-domains/${uuid}`
})

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

describe.each(LOOKS)('$name', ({ name: look, options }) => {
  it('shows tracking domains to whoever sees, touches or listens', async () => {
    const complaints: string[] = []
    for (const [who, name, path] of [
      [MEMBER, 'list', `${full.path}/tracking-domains`],
      [MEMBER, 'broken', broken],
      [NEW, 'empty', `${empty.path}/tracking-domains`],
    ] as const) {
      const page = await signedInPage(browser, site, who, options)
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      expect((await page.goto(site.url + path))?.status()).toBe(200)
      await screenshot(page, `${look}-tracking-${name}`)
      expect([name, await overflow(page)]).toEqual([name, 0])
      for (const details of await page.locator('details').all()) await details.evaluate((element) => element.setAttribute('open', ''))
      expect([name, await audit(page)]).toEqual([name, []])
      await page.close()
    }
    expect(complaints).toEqual([])
  })
})

it('leads from nothing to a tracking domain, its record, and away again', async () => {
  const page = await signedInPage(browser, site, NEW, DESK)
  await page.goto(site.url + empty.path)
  await page.getByRole('link', { name: 'Tracking', exact: true }).click()
  await page.getByLabel('Track opens').uncheck()
  await page.getByRole('button', { name: 'Add tracking domain' }).click()
  await page.getByText('Tracking domain added.').waitFor()
  await page.getByRole('heading', { name: 'click.novel.example' }).waitFor()
  expect(await page.getByLabel('Track opens').isChecked()).toBe(false)
  await page.getByRole('button', { name: 'Look it up now' }).click()
  await page.getByText('looked up just now').waitFor()
  await page.getByLabel('Leave links to these hosts alone').fill('*.example.org')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Tracking domain saved.').waitFor()
  await page.getByText('Remove this tracking domain').click()
  await page.getByRole('button', { name: 'Remove click.novel.example' }).click()
  await page.getByText('Tracking domain removed.').waitFor()
  await page.close()
})
