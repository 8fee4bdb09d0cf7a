/** The admin interface in a real browser: signing in, finding a message, reading its story, on desk and phone, in light and dark. */
import { launchBrowser, screenshot, type TestBrowser } from '@posthaste/test/support/browser.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOOKS, overflow, signedInPage } from './admin-looks.ts'
import { FAILED_REQUEST, fillShop } from './admin-shop.ts'
import { type AdminSite, type AdminTenant, PASSWORD, startAdminSite } from './admin-site.ts'

let site: AdminSite
let browser: TestBrowser
let acme: AdminTenant
let empty: AdminTenant
let ids: Awaited<ReturnType<typeof fillShop>>
let ana: string

beforeAll(async () => {
  site = await startAdminSite()
  browser = await launchBrowser()
  acme = await site.tenant('Acme')
  empty = await site.tenant('Novel')
  ana = await site.user({ name: 'Ana Berg', in: [acme, 'admin'] })
  await site.user({ name: 'Olga Operator', admin: true })
  ids = await fillShop(site, acme)
})

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

describe.each(LOOKS)('$name', ({ name, options }) => {
  it('leads from signing in to the story of a message', async () => {
    const page = await browser.newPage(options)
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))

    await page.goto(`${site.url}${acme.path}/messages/outgoing`)
    await screenshot(page, `${name}-1-sign-in`)
    await page.getByLabel('E-mail address').fill(ana)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Outgoing messages' }).waitFor()
    await screenshot(page, `${name}-2-list`)

    await page.getByRole('searchbox').fill('status: softfail')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByRole('link', { name: 'Your invoice' }).click()
    await page.getByText('the next one comes').waitFor()
    await screenshot(page, `${name}-3-message-waiting`)

    for (const [number, path] of [
      ['4-start', '/'],
      ['5-overview', acme.path],
      ['6-message-clicked', `${acme.path}/messages/${ids.clicked}`],
      ['7-html', `${acme.path}/messages/${ids.clicked}/html`],
      ['8-headers', `${acme.path}/messages/${ids.clicked}/headers`],
      ['9-queue', `${acme.path}/queue`],
      ['10-domain', `${acme.path}/domains`],
      ['11-credentials', `${acme.path}/credentials`],
      ['12-webhooks', `${acme.path}/webhooks`],
      ['12-webhook-requests', `${acme.path}/webhooks/requests`],
      ['12-webhook-request', `${acme.path}/webhooks/requests/${FAILED_REQUEST}`],
      ['16-endpoints', `${acme.path}/endpoints`],
      ['17-endpoint', `${acme.path}/endpoints/new/smtp`],
      ['13-held', `${acme.path}/messages/held`],
      ['14-not-found', '/org/nowhere'],
    ] as const) {
      const answer = await page.goto(site.url + path)
      expect([path, answer?.status()]).toEqual([path, path === '/org/nowhere' ? 404 : 200])
      await screenshot(page, `${name}-${number}`)
      expect([path, await overflow(page)]).toEqual([path, 0])
    }
    await page.goto(`${site.url}${acme.path}/domains`)
    await page.getByRole('link', { name: 'acme.example' }).click()
    await page.getByRole('heading', { name: 'acme.example' }).waitFor()
    await screenshot(page, `${name}-15-domain-records`)
    expect(await overflow(page)).toBe(0)
    // What the mail tried to load and to run, and could not
    const blocked = /^(?:Loading the image 'https:\/\/images\.shop\.example|Blocked script execution in '.*\/html\/body')/
    expect(complaints.filter((text) => !blocked.test(text) && !text.includes('404'))).toEqual([])
  })

  it('tells what to do where there is nothing yet', async () => {
    const page = await signedInPage(browser, site, 'olga.operator@people.example', options)
    for (const [number, path] of [
      ['1-start', '/'],
      ['2-overview', empty.path],
      ['3-list', `${empty.path}/messages/outgoing`],
      ['4-search', `${acme.path}/messages/outgoing?q=nothing+colour:+red`],
    ] as const) {
      await page.goto(site.url + path)
      await screenshot(page, `${name}-empty-${number}`)
      expect([path, await overflow(page)]).toEqual([path, 0])
    }
  })
})
