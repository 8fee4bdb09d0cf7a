/** The admin interface for everybody: names for what can be used, contrast, keyboard, and no need of scripts. */
import { launchBrowser, screenshot, type TestBrowser } from '@posthaste/test/support/browser.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from './admin-audit.ts'
import { signedInPage } from './admin-looks.ts'
import { FAILED_REQUEST, fillShop } from './admin-shop.ts'
import { type AdminSite, type AdminTenant, startAdminSite } from './admin-site.ts'

let site: AdminSite
let browser: TestBrowser
let acme: AdminTenant
let ids: Awaited<ReturnType<typeof fillShop>>
let ana: string

beforeAll(async () => {
  site = await startAdminSite()
  browser = await launchBrowser()
  acme = await site.tenant('Acme')
  ana = await site.user({ name: 'Ana Berg', in: [acme, 'admin'] })
  ids = await fillShop(site, acme)
})

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

const paths = () => [
  '/',
  '/org/acme',
  acme.path,
  `${acme.path}/messages/outgoing?q=colour:+red`,
  `${acme.path}/messages/held`,
  `${acme.path}/messages/${ids.clicked}`,
  `${acme.path}/messages/${ids.waiting}`,
  `${acme.path}/messages/${ids.held}`,
  ...['headers', 'plain', 'html', 'attachments'].map((part) => `${acme.path}/messages/${ids.clicked}/${part}`),
  `${acme.path}/queue`,
  `${acme.path}/domains`,
  `${acme.path}/credentials`,
  `${acme.path}/endpoints`,
  ...['http', 'smtp', 'address'].map((type) => `${acme.path}/endpoints/new/${type}`),
  `${acme.path}/webhooks`,
  `${acme.path}/webhooks/requests`,
  `${acme.path}/webhooks/requests/${FAILED_REQUEST}`,
  '/no/such/page',
]

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it('every page has names for what can be used, a plain structure, and enough contrast', async () => {
    const page = await signedInPage(browser, site, ana, { colorScheme, viewport: { width: 1280, height: 900 } })
    const found: Record<string, string[]> = {}
    for (const path of paths()) {
      await page.goto(site.url + path)
      for (const details of await page.locator('details').all()) await details.evaluate((element) => element.setAttribute('open', ''))
      const wrong = await audit(page)
      if (wrong.length > 0) found[path] = wrong
    }
    expect(found).toEqual({})
  })

  it('the sign-in page too, also when it complains', async () => {
    const page = await browser.newPage({ colorScheme })
    await page.goto(`${site.url}/login`)
    expect(await audit(page)).toEqual([])
    await page.getByLabel('E-mail address').fill('nobody@people.example')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    expect(await audit(page)).toEqual([])
    await screenshot(page, `desk-${colorScheme}-sign-in-refused`)
  })
})

it('is used by keyboard alone: skip link, menu, search', async () => {
  const page = await signedInPage(browser, site, ana, { viewport: { width: 1280, height: 900 } })
  await page.goto(`${site.url}${acme.path}/messages/outgoing`)
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('Skip to content')
  await screenshot(page, 'keyboard-skip-link')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('content')
  await page.keyboard.press('/')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('q')
  await page.keyboard.type('status: held')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'A voucher for you' }).waitFor()

  await page.locator('.menu > summary').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  await screenshot(page, 'keyboard-menu')
  await page.keyboard.press('Escape')
  expect(await page.getByRole('button', { name: 'Sign out' }).isVisible()).toBe(false)
})

it('needs no scripts: signs in, searches, goes through pages, changes its looks, signs out', async () => {
  const page = await signedInPage(browser, site, ana, {
    javaScriptEnabled: false,
    viewport: { width: 390, height: 844 },
    colorScheme: 'light',
  })
  await page.goto(`${site.url}${acme.path}/messages/outgoing`)
  await page.getByRole('link', { name: 'Older' }).click()
  expect(page.url()).toMatch(/\?before=\d+$/)
  await page.getByLabel('Search messages').fill('tag: newsletter')
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.getByRole('link', { name: 'Winter sale' }).click()
  await page.getByText('Link clicked').waitFor()
  await page.locator('.menu > summary').click()
  await screenshot(page, 'phone-light-menu')
  await page.getByRole('button', { name: 'Dark' }).click()
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  expect(page.url()).toContain(`/messages/${ids.clicked}`)
  await screenshot(page, 'phone-chosen-dark')
  await page.locator('.menu > summary').click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('You are signed out.').waitFor()
})
