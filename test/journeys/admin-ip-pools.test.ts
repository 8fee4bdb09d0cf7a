/** IP pools in a real browser: empty and full, on desk and phone, in light and dark, and by the keyboard alone. */
import { addIpAddress, stopWarmUp } from '@posthaste/core/manage/ip-addresses.ts'
import { addIpPoolRule, chooseIpPool } from '@posthaste/core/manage/ip-pool-rules.ts'
import { createIpPool, giveIpPool } from '@posthaste/core/manage/ip-pools.ts'
import { putWorkerAddresses } from '@posthaste/core/store/worker-addresses.ts'
import { launchBrowser, screenshot, type TestBrowser } from '@posthaste/test/support/browser.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from './admin-audit.ts'
import { DESK, LOOKS, overflow, signedInPage } from './admin-looks.ts'
import { type AdminSite, startAdminSite } from './admin-site.ts'

let empty: AdminSite
let full: AdminSite
let browser: TestBrowser
let pool = ''

const MONTH_DAYS = 24
const DAY_MS = 86_400_000

beforeAll(async () => {
  browser = await launchBrowser()
  empty = await startAdminSite()
  full = await startAdminSite({ env: { POSTAL_USE_IP_POOLS: 'true' } })
  for (const site of [empty, full]) {
    site.pretend(0)
    await site.tenant('Acme')
    await site.user({ name: 'Olga Operator', admin: true })
  }
  pool = `/ip-pools/${await fill(full)}`
})

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  for (const site of [empty, full]) await site[Symbol.asyncDispose]()
})

/** A pool with addresses in every state, used by a tenant with rules. @returns its uuid */
async function fill(site: AdminSite): Promise<string> {
  const { manage } = site
  const { organization, mailServer } = await site.tenant('Books & More')
  const main = await createIpPool(manage, { name: 'Transactional', isDefault: true })
  const bulk = await createIpPool(manage, { name: 'Newsletters' })
  await createIpPool(manage, { name: 'A pool with a name that is long enough to break its line on every phone there is' })
  const add = (ipPoolId: number, ipv4: string, number: number, more = {}) =>
    addIpAddress(manage, { ipPoolId, ipv4, hostname: `mta${number}.mail.books-and-more.example`, ...more })
  const warming = await add(main.id, '127.0.0.1', 1, { ipv6: '::1', warmUp: true })
  await add(main.id, '192.0.2.25', 2, { ipv6: '2001:db8:85a3:8d3:1319:8a2e:370:7348', priority: 50 })
  await add(main.id, '192.0.2.26', 3, { priority: 0, warmUp: true })
  await add(bulk.id, '198.51.100.7', 4)
  await stopWarmUp(manage, await add(main.id, '192.0.2.27', 5, { ipv6: '2001:db8::27', warmUp: true }))
  const today = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS)
  await manage.db.$client.query('UPDATE ip_addresses SET warmup_started_at = ? WHERE id = ?', [
    new Date(today.getTime() - (MONTH_DAYS - 1) * DAY_MS),
    warming.id,
  ])
  const days = [
    ['google', 12_345, 9_120, 31],
    ['1and1-mail', 380, 380, 0],
    ['microsoft-365', 100_000, 4_211, 0],
    ['other', 75, 0, 0],
    ['yahoo', 50, 41, 12],
  ].map(([provider, budget, sent, deferred]) => [warming.id, provider, today, budget, sent, deferred])
  await manage.db.$client.query('INSERT INTO warmup_days (ip_address_id, provider, day, budget, sent, deferred) VALUES ?', [days])
  for (const { id } of [main, bulk]) await giveIpPool(manage, { ipPoolId: id, organizationId: organization.id })
  await chooseIpPool(manage, { mailServerId: mailServer.id, ipPoolId: main.id })
  const owner = { organizationId: organization.id, ipPoolId: bulk.id }
  await addIpPoolRule(manage, { ...owner, from: ['news.books-and-more.example', 'editor@books-and-more.example'] })
  await addIpPoolRule(manage, {
    ...owner,
    mailServerId: mailServer.id,
    from: ['a@b.example'],
    to: ['gmail.com', 'googlemail.com', 'web.de'],
  })
  return main.uuid
}

/** What workers say of their machines counts for two minutes. */
async function report({ manage: { db, clock } }: AdminSite): Promise<void> {
  const says = (node: number, machine: string, secondsAgo: number, ...addresses: string[]) =>
    putWorkerAddresses(db, node, { machine, addresses: new Set(addresses), seenAt: new Date(clock().getTime() - secondsAgo * 1_000) })
  await says(1, 'mta1.mail.books-and-more.example', 12, '127.0.0.1', '::1', '192.0.2.27')
  await says(2, 'a-container-whose-name-is-long-enough-to-break-its-line-4f1c9a2b7d3e', 28, '127.0.0.1', '::1')
  await says(3, 'mta3', 4_000, '192.0.2.25', '192.0.2.26')
}

const ORGANIZATION = '/org/books-more/ip-pools'
describe.each(LOOKS)('$name', ({ name: look, options }) => {
  it('shows pools and their addresses to whoever sees, touches or listens', async () => {
    const complaints: string[] = []
    await report(full)
    for (const [site, name, path] of [
      [empty, 'empty', '/ip-pools'],
      [empty, 'empty-organization', '/org/acme/ip-pools'],
      [full, 'list', '/ip-pools'],
      [full, 'pool', pool],
      [full, 'organization', ORGANIZATION],
    ] as const) {
      const page = await signedInPage(browser, site, 'olga.operator@people.example', options)
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      expect((await page.goto(site.url + path))?.status()).toBe(200)
      await screenshot(page, `${look}-ip-pools-${name}`)
      expect([name, await overflow(page)]).toEqual([name, 0])
      for (const details of await page.locator('details').all()) await details.evaluate((element) => element.setAttribute('open', ''))
      expect([name, await audit(page)]).toEqual([name, []])
      await page.close()
    }
    expect(complaints).toEqual([])
  })

  it('keeps what was typed beside what was wrong with it', async () => {
    const page = await signedInPage(browser, full, 'olga.operator@people.example', options)
    await page.goto(full.url + pool)
    const form = page.locator('form').filter({ has: page.getByRole('button', { name: 'Add address' }) })
    await form.getByLabel('IPv4 address').fill('192.0.2.25')
    await form.getByLabel('Name it greets with').fill('mta9.example.com')
    await form.getByRole('button', { name: 'Add address' }).click()
    const field = page.getByLabel('IPv4 address')
    await page.getByText('192.0.2.25 is in an IP pool already.').waitFor()
    expect([await field.inputValue(), await field.getAttribute('aria-invalid')]).toEqual(['192.0.2.25', 'true'])
    await screenshot(page, `${look}-ip-pools-refused`)
    expect([await overflow(page), await audit(page)]).toEqual([0, []])
  })
})

it('lets an operator put an address into service by the keyboard alone', async () => {
  const page = await signedInPage(browser, empty, 'olga.operator@people.example', DESK)
  const press = async (name: string) => {
    for (let tabs = 0; tabs < 60; tabs += 1) {
      const focused = await page.evaluate(() => {
        const element = document.activeElement
        const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element?.textContent
        return label?.trim() ?? ''
      })
      if (focused === name) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`the keyboard does not come to ${name}`)
  }
  const type = async (label: string, text: string) => {
    await press(label)
    await page.keyboard.type(text)
  }
  await page.goto(`${empty.url}/ip-pools`)
  await type('Name', 'Main')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Main', exact: true }).waitFor()
  await type('IPv4 address', '127.0.0.1')
  await type('Name it greets with', 'mta1.example.com')
  await press('Warm it up: nobody knows it yet, so it begins with little mail')
  await page.keyboard.press('Space')
  await press('Add address')
  await page.keyboard.press('Enter')
  await page.getByText('Address added.').waitFor()
  await page.getByText('Warming up, day 1').waitFor()
  await page.getByText('IP pools rest:').waitFor()
  await press('Edit 127.0.0.1')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Change this address' }).waitFor()
  await press('Priority')
  await page.keyboard.type('40')
  await page.keyboard.press('Enter')
  await page.getByText('Address saved.').waitFor()
})
