/** The admin interface as it is looked at: desk and phone, light and dark, signed in by its own form. */
import type { TestBrowser } from '@posthaste/test/support/browser.ts'
import type { Page } from 'playwright-core'
import { type AdminSite, PASSWORD } from './admin-site.ts'

type PageOptions = NonNullable<Parameters<TestBrowser['newPage']>[0]>

export const DESK = { viewport: { width: 1280, height: 900 } }
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }

export const LOOKS: readonly { readonly name: string; readonly options: PageOptions }[] = [
  { name: 'desk-light', options: { ...DESK, colorScheme: 'light' } },
  { name: 'desk-dark', options: { ...DESK, colorScheme: 'dark' } },
  { name: 'phone-light', options: { ...PHONE, colorScheme: 'light' } },
  { name: 'phone-dark', options: { ...PHONE, colorScheme: 'dark' } },
]

export async function signedInPage(browser: TestBrowser, site: AdminSite, emailAddress: string, options: PageOptions = {}): Promise<Page> {
  const page = await browser.newPage(options)
  await page.goto(`${site.url}/login`)
  await page.getByLabel('E-mail address').fill(emailAddress)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => url.pathname !== '/login')
  return page
}

/** Pixels by which something is wider than the screen. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth))
