/** Routes of incoming mail in a real browser: empty and full, on desk and phone, in light and dark, and by the keyboard alone. */
import { createAddressEndpoint } from '@posthaste/core/manage/address-endpoints.ts'
import { createHttpEndpoint } from '@posthaste/core/manage/http-endpoints.ts'
import { createRoute } from '@posthaste/core/manage/routes.ts'
import { createSmtpEndpoint } from '@posthaste/core/manage/smtp-endpoints.ts'
import { launchBrowser, screenshot, type TestBrowser } from '@posthaste/test/support/browser.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from './admin-audit.ts'
import { DESK, LOOKS, overflow, signedInPage } from './admin-looks.ts'
import { type AdminSite, type AdminTenant, startAdminSite } from './admin-site.ts'

let site: AdminSite
let browser: TestBrowser
let full: AdminTenant
let empty: AdminTenant
let paths: {
  readonly help: string
  readonly wildcard: string
  readonly returnPath: string
  readonly endpoint: string
  readonly domain: string
}
const MEMBER = 'mia.member@people.example'
const MANY = 65

beforeAll(async () => {
  browser = await launchBrowser()
  site = await startAdminSite()
  site.pretend(0)
  full = await site.tenant('Books & More')
  empty = await site.tenant('Novel')
  await site.user({ name: 'Mia Member', in: [full, 'member'] })
  await site.user({ name: 'Nora New', in: [empty, 'member'] })
  paths = await fill()
})

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

async function fill(): Promise<typeof paths> {
  const { manage } = site
  const { domainId, path } = full
  const mailServerId = full.mailServer.id
  const desk = await createHttpEndpoint(manage, { mailServerId, name: 'Help desk', url: 'https://help.books.example/mail' })
  const archive = await createHttpEndpoint(manage, { mailServerId, name: 'Archive', url: 'https://archive.books.example/in' })
  const store = await createSmtpEndpoint(manage, { mailServerId, name: 'Mail store', hostname: 'store.books.example', protocol: 'lmtp' })
  const ana = await createAddressEndpoint(manage, { mailServerId, address: 'ana.with.a.long.name@mailbox.of.some.provider.example' })
  const http = (id: number) => ({ endpointType: 'http', endpointId: id }) as const
  const address = { endpointType: 'address', endpointId: ana.id } as const
  const route = (name: string, more: object) => createRoute(manage, { mailServerId, domainId, name, ...more })
  const help = await route('help', { endpoint: http(desk.id), additionalEndpoints: [http(archive.id), address], spamMode: 'quarantine' })
  const wildcard = await route('*', { endpoint: { endpointType: 'smtp', endpointId: store.id }, spamMode: 'fail' })
  const returnPath = await route('__returnpath__', { domainId: null, endpoint: http(archive.id) })
  await route('billing', { mode: 'hold' })
  await route('no-reply', { mode: 'reject' })
  await route('newsletter', { mode: 'bounce' })
  await route('a.name.that.is.as.long.as.names.of.mailboxes.may.be.and.more-64', { mode: 'accept' })
  for (let n = 1; n <= MANY; n += 1) await route(`customer-${n}`, { endpoint: http(desk.id) })
  const [domain] = await manage.db.$client.query('SELECT uuid FROM domains WHERE id = ?', [domainId])
  const { uuid } = (domain as { uuid: string }[])[0] ?? { uuid: '' } // the one column that was asked for
  const at = (one: { readonly uuid: string }) => `${path}/routes/${one.uuid}`
  return {
    ...{ help: at(help), wildcard: at(wildcard), returnPath: at(returnPath) },
    ...{ endpoint: `${path}/endpoints/${desk.uuid}`, domain: `${path}/domains/${uuid}` },
  }
}

describe.each(LOOKS)('$name', ({ name: look, options }) => {
  it('shows routes to whoever sees, touches or listens', async () => {
    const complaints: string[] = []
    const pages = [
      [MEMBER, 'list', `${full.path}/routes`],
      [MEMBER, 'found', `${full.path}/routes?search=customer-6`],
      [MEMBER, 'not-found', `${full.path}/routes?search=zebra`],
      [MEMBER, 'tried', `${full.path}/routes?search=help&address=help%2B7@books-more.example`],
      [MEMBER, 'show', paths.help],
      [MEMBER, 'wildcard', paths.wildcard],
      [MEMBER, 'return-path', paths.returnPath],
      [MEMBER, 'new', `${full.path}/routes/new`],
      [MEMBER, 'endpoint', paths.endpoint],
      [MEMBER, 'domain', paths.domain],
      ['nora.new@people.example', 'empty', `${empty.path}/routes`],
      ['nora.new@people.example', 'empty-new', `${empty.path}/routes/new`],
    ] as const
    for (const visitor of new Set(pages.map(([who]) => who))) {
      const page = await signedInPage(browser, site, visitor, options)
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      for (const [, name, path] of pages.filter(([who]) => who === visitor)) {
        expect((await page.goto(site.url + path))?.status()).toBe(200)
        await screenshot(page, `${look}-routes-${name}`)
        expect([name, await overflow(page)]).toEqual([name, 0])
        for (const details of await page.locator('details').all()) await details.evaluate((element) => element.setAttribute('open', ''))
        expect([name, await audit(page)]).toEqual([name, []])
      }
      await page.close()
    }
    expect(complaints).toEqual([])
  })

  it('keeps what was typed beside what was wrong with it', async () => {
    const page = await signedInPage(browser, site, MEMBER, options)
    await page.goto(`${site.url}${full.path}/routes/new`)
    await page.getByLabel('Address', { exact: true }).fill('help')
    await page.getByLabel('Its mail goes to').selectOption({ label: 'Mail store' })
    await page.getByRole('button', { name: 'Add route' }).click()
    await page.getByText('There is a route named help already.').waitFor()
    const field = page.getByLabel('Address', { exact: true })
    expect([await field.inputValue(), await field.getAttribute('aria-invalid')]).toEqual(['help', 'true'])
    await screenshot(page, `${look}-routes-refused`)
    expect([await overflow(page), await audit(page)]).toEqual([0, []])
    await page.close()
  })
})

it('goes through a long list by pages', async () => {
  const page = await signedInPage(browser, site, MEMBER, DESK)
  await page.goto(`${site.url}${full.path}/routes?search=customer-`)
  const seen: string[] = []
  for (;;) {
    seen.push(...(await page.locator('.row-link').allTextContents()))
    const more = page.getByRole('link', { name: 'More', exact: true })
    if ((await more.count()) === 0) break
    await more.click()
  }
  expect([seen.length, new Set(seen).size]).toEqual([MANY, MANY])
  await page.close()
})

it('lets somebody take in mail for a new address by the keyboard alone, try it out, and give it up again', async () => {
  const page = await signedInPage(browser, site, MEMBER, DESK)
  const press = async (name: string) => {
    for (let tabs = 0; tabs < 90; tabs += 1) {
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
  await page.goto(`${site.url}${full.path}/routes`)
  await press('Add a route')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Add a route' }).waitFor()
  await press('Address')
  await page.keyboard.type('orders')
  await press('Its mail goes to')
  await page.keyboard.type('Mail s')
  await press('What of spam')
  await page.keyboard.type('Hold')
  await press('Add route')
  await page.keyboard.press('Enter')
  await page.getByText('Route added.').waitFor()
  await page.getByRole('heading', { name: 'orders@books-more.example' }).waitFor()
  await page.goto(`${site.url}${full.path}/routes`)
  await press('Sent to')
  await page.keyboard.type('ORDERS+1@books-more.example')
  await page.keyboard.press('Enter')
  await page.getByText('It is handed to Mail store.').waitFor()
  await page.getByText('Spam is held until somebody decides.').waitFor()
  await page.goto(`${site.url}${full.path}/routes?search=orders`)
  await press('orders@books-more.example')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'orders@books-more.example' }).waitFor()
  await press('Remove this route')
  await page.keyboard.press('Enter')
  await press('Remove orders@books-more.example')
  await page.keyboard.press('Enter')
  await page.getByText('Route removed.').waitFor()
  await page.close()
})
