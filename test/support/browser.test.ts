/** What tests of pages can rely on: a real browser, pages that share nothing, pictures of what they show. */
import { readFile, rm } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { chromiumPath, launchBrowser, screenshot } from './browser.ts'
import { startWebhookReceiver } from './webhook-receiver.ts'

it('opens pages that share nothing, and takes pictures of them', async () => {
  await using site = await startWebhookReceiver()
  site.answerAlways({ status: 200, headers: { 'content-type': 'text/html', 'set-cookie': 'seen=1' }, body: '<h1>Good day</h1>' })
  await using browser = await launchBrowser()
  const first = await browser.newPage()
  await first.goto(site.url)
  expect(await first.textContent('h1')).toBe('Good day')
  const second = await browser.newPage({ viewport: { width: 390, height: 844 } })
  await second.goto(site.url)
  const visits = site.requests.filter(({ url }) => url === '/')
  expect(visits.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined])

  const path = await screenshot(second, 'a test: good day')
  expect(path).toMatch(/\.data\/screenshots\/a-test-good-day\.png$/)
  expect((await readFile(path)).subarray(1, 4).toString()).toBe('PNG')
  await rm(path)
})

it('takes the browser that the environment names', () => {
  expect(chromiumPath({ POSTHASTE_CHROMIUM: '/opt/chromium' })).toBe('/opt/chromium')
})
