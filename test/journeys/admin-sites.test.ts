/** Sites in a real browser: no trouble and much of it, on desk and phone, in light and dark, and by the keyboard alone. */
import { addIpAddress } from '@posthaste/core/manage/ip-addresses.ts'
import { createIpPool } from '@posthaste/core/manage/ip-pools.ts'
import { setSiteLimit } from '@posthaste/core/manage/site-limits.ts'
import { addSiteLimit } from '@posthaste/core/store/site-limits.ts'
import { addSiteTallies, putSitesOfDomains, type SiteTally } from '@posthaste/core/store/site-reports.ts'
import { launchBrowser, screenshot, type TestBrowser } from '@posthaste/test/support/browser.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from './admin-audit.ts'
import { DESK, LOOKS, overflow, signedInPage } from './admin-looks.ts'
import { type AdminSite, startAdminSite } from './admin-site.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const LONG = Array.from({ length: 3 }, (_, n) => `inbound-smtp-${n}.a-host-with-quite-a-long-name.hosting.example`).join(',')
const SITES = { google: ['gmail.com', 'googlemail.com', 'acme.example'], 'mx.gone.example': ['gone.example'], [LONG]: ['customer.example'] }

const TRANSCRIPT = `< 220 mx.google.com ESMTP ready
> EHLO mta1.mail.acme.example
< 250-mx.google.com at your service
< 250 STARTTLS
> MAIL FROM:<shop@acme.example>
< 250 2.1.0 OK
> RCPT TO:<ana@gmail.com>
< 421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address`

let empty: AdminSite
let full: AdminSite
let browser: TestBrowser
let message = ''
let queue = ''

beforeAll(async () => {
  browser = await launchBrowser()
  empty = await startAdminSite()
  full = await startAdminSite({ env: { POSTAL_USE_IP_POOLS: 'true' } })
  for (const site of [empty, full]) await site.user({ name: 'Olga Operator', admin: true })
  await fill(full)
})

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  for (const site of [empty, full]) await site[Symbol.asyncDispose]()
})

/** A day of sites in every state, with mail that waits for them. */
async function fill(site: AdminSite): Promise<void> {
  const { manage } = site
  const { db, newId } = manage
  const acme = await site.tenant('Acme')
  queue = `${acme.path}/queue`
  const reply = '421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address'
  const refusedAt = manage.clock()
  for (const rcptTo of ['ana@gmail.com', 'bob@googlemail.com', 'cleo@gone.example', 'dan@customer.example', 'eve@new.example']) {
    const id = await acme.mail({ rcptTo })
    if (rcptTo === 'eve@new.example') continue
    await acme.became(id, {
      ...{ status: 'soft_failed', details: 'The server put the message off.', output: reply, ms: 840 },
      trace: {
        host: 'gmail-smtp-in.l.google.com',
        sourceIp: '127.0.0.1',
        replyClass: 'rate_limited',
        tlsPolicy: 'opportunistic',
      },
    })
    message ||= `${acme.path}/messages/${id}`
  }
  await db.$client.query(
    'INSERT INTO delivery_transcripts (delivery_id, mail_server_id, transcript) SELECT id, mail_server_id, ? FROM deliveries',
    [TRANSCRIPT],
  )
  site.pretend(0)
  const now = manage.clock()
  const hour = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS
  const tally = (name: string, hoursAgo: number, given: Partial<SiteTally>): SiteTally => ({
    ...{ hour: new Date(hour - hoursAgo * HOUR_MS), site: name, sent: 0, delayed: 0, failed: 0, dead: false },
    ...{ triedAt: new Date(now.getTime() - hoursAgo * HOUR_MS), refusal: null, ...given },
  })
  const refusal = { host: 'gmail-smtp-in.l.google.com', reply, replyClass: 'rate_limited', at: refusedAt }
  await addSiteTallies(db, 1, [
    ...Array.from({ length: 24 }, (_, ago) =>
      tally('google', ago, { sent: 900 + 37 * ((ago * 7) % 11), delayed: ago < 4 ? 400 - ago * 90 : 3, failed: 4 }),
    ),
    tally('google', 0, { refusal }),
    tally('mx.gone.example', 0, {
      delayed: 7,
      dead: true,
      refusal: { host: null, reply: 'connect ETIMEDOUT', replyClass: 'timed_out', at: now },
    }),
    tally(LONG, 1, { sent: 40, delayed: 12, refusal: { ...refusal, replyClass: 'greylisted' } }),
    tally('microsoft-365', 0, { sent: 5_210, delayed: 1 }),
  ])
  await putSitesOfDomains(
    db,
    Object.entries(SITES).flatMap(([name, domains]) => domains.map((domain) => ({ domain, site: name }))),
    now,
  )
  await addSiteLimit(db, {
    ...{ id: newId(), site: 'google', sourceIp: '127.0.0.1', kind: 'rate', amount: 20, ipPool: null, rule: 'gmail-rate', reply },
    ...{ createdAt: refusedAt, until: new Date(now.getTime() + 25 * MINUTE_MS) },
  })
  await setSiteLimit(manage, {
    site: LONG,
    kind: 'suspend',
    minutes: 240,
    reason: 'They move house this week; Olga has talked to their postmaster',
  })
  const pool = await createIpPool(manage, { name: 'Main', isDefault: true })
  const { id } = await addIpAddress(manage, { ipPoolId: pool.id, ipv4: '127.0.0.1', hostname: 'mta1.mail.acme.example', warmUp: true })
  const today = new Date(Math.floor(now.getTime() / (24 * HOUR_MS)) * 24 * HOUR_MS)
  await db.$client.query('INSERT INTO warmup_days (ip_address_id, provider, day, budget, sent, deferred) VALUES ?', [
    [
      [id, 'google', today, 1_400, 1_020, 31],
      [id, 'other', today, 400, 20, 0],
    ],
  ])
}

const PAGES = () =>
  [
    [empty, 'empty', '/sites'],
    [empty, 'unknown', '/sites/nowhere.example'],
    [full, 'list', '/sites'],
    [full, 'provider', '/sites/google'],
    [full, 'domain', '/sites/gmail.com'],
    [full, 'away', '/sites/mx.gone.example'],
    [full, 'long', `/sites/${encodeURIComponent(LONG)}`],
    [full, 'message', message],
    [full, 'queue', queue],
  ] as const

const open = async (page: Page): Promise<void> => {
  for (const details of await page.locator('details').all()) await details.evaluate((element) => element.setAttribute('open', ''))
}

describe.each(LOOKS)('$name', ({ name: look, options }) => {
  it('shows how sites stand to whoever sees, touches or listens', async () => {
    const complaints: string[] = []
    const signedIn = new Map<AdminSite, Page>()
    for (const site of [empty, full]) {
      const page = await signedInPage(browser, site, 'olga.operator@people.example', options)
      page.on('console', (said) => said.type() === 'error' && complaints.push(said.text()))
      signedIn.set(site, page)
    }
    for (const [site, name, path] of PAGES()) {
      const page = signedIn.get(site)
      if (!page) throw new Error('nobody has signed in')
      expect([name, (await page.goto(site.url + path))?.status()]).toEqual([name, 200])
      if (name === 'message') await page.locator('.transcript summary').first().click()
      await screenshot(page, `${look}-sites-${name}`)
      expect([name, await overflow(page)]).toEqual([name, 0])
      await open(page)
      expect([name, await audit(page)]).toEqual([name, []])
    }
    for (const page of signedIn.values()) await page.close()
    expect(complaints).toEqual([])
  }, 120_000)
})

it('lets an operator suspend a site and lift that again by the keyboard alone', async () => {
  const page = await signedInPage(browser, empty, 'olga.operator@people.example', DESK)
  const press = async (name: string) => {
    for (let tabs = 0; tabs < 80; tabs += 1) {
      const focused = await page.evaluate(() => {
        const element = document.activeElement
        const labelled = element instanceof HTMLInputElement || element instanceof HTMLSelectElement
        return (labelled ? element.labels?.[0]?.textContent : element?.textContent)?.trim() ?? ''
      })
      if (focused === name) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`the keyboard does not come to ${name}`)
  }
  await page.goto(`${empty.url}/sites`)
  await press('Ask about a domain or a site')
  await page.keyboard.type('nowhere.example')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'nowhere.example', exact: true }).waitFor()
  await press('What')
  await page.keyboard.type('So many messages')
  await press('Set limit')
  await page.keyboard.press('Enter')
  await page.getByText('amount must be a whole number').waitFor()
  await press('How many')
  await page.keyboard.type('30')
  await press('Reason')
  await page.keyboard.type('They are small')
  await page.keyboard.press('Enter')
  await page.getByText('Workers keep to it within seconds.').waitFor()
  await page.getByText('They are small', { exact: true }).waitFor()
  await press('Lift')
  await page.keyboard.press('Enter')
  await page.getByText('Lifted.').waitFor()
  await page.getByText('None but the usual.').waitFor()
})
