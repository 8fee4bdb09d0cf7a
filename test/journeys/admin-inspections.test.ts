/** A mail that somebody brings, and a bounce that came in, in a real browser: on desk and phone, in light and dark, without scripts, and by the keyboard alone. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readReport } from '@posthaste/core/mail/read-report.ts'
import { saveInspections } from '@posthaste/core/store/inspections.ts'
import { launchBrowser, screenshot, type TestBrowser } from '@posthaste/test/support/browser.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from './admin-audit.ts'
import { DESK, LOOKS, overflow, signedInPage } from './admin-looks.ts'
import { type AdminSite, startAdminSite } from './admin-site.ts'

const corpus = (name: string): string => fileURLToPath(new URL(`../corpus/bounces/${name}`, import.meta.url))
const BOUNCE = corpus('001-postfix-unknown.eml')
const MEGABYTE = 1024 * 1024
const ORDINARY = 'From: Ana <ana@client.example>\r\nTo: us@shop.example\r\nSubject: Hello\r\n\r\nHow are you?\r\n'

/** Of names and words as long as they come. */
const LONG = `From: MAILER-DAEMON@${'a-host-with-quite-a-long-name.'.repeat(5)}example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.client.example

${Array.from(
  { length: 12 },
  (_, n) => `Final-Recipient: rfc822; ${'x'.repeat(60)}.${n}@${'department.'.repeat(8)}client.example
Action: failed
Status: ${['5.1.1', '5.2.2', '5.7.1'][n % 3]}
Diagnostic-Code: smtp; 550 ${['5.1.1', '5.2.2', '5.7.1'][n % 3]} ${'https://policy.client.example/very/long/'.repeat(4)} refused
`,
).join('\n')}
--b--
`

const COMPLAINT = `From: complaints@provider.example
Subject: Abuse report
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1
Source-IP: 192.0.2.7
Original-Rcpt-To: ana@provider.example

--b
Content-Type: message/rfc822

From: shop@acme.example
To: ana@provider.example
Message-ID: <1@acme.example>
Subject: Offers

Buy.
--b--
`

const CHECKS = [
  { name: 'BOUNCE_MESSAGE', score: 0.1, description: 'MTA bounce message' },
  {
    name: 'A_RULE_WITH_QUITE_A_LONG_NAME_FROM_SOMEWHERE',
    score: 0.3,
    description: 'Contains words that are seen in mail that nobody has asked for',
  },
]

let site: AdminSite
let browser: TestBrowser
let message = ''
let folder = ''
let huge = ''

beforeAll(async () => {
  site = await startAdminSite({ env: { SMTP_SERVER_MAX_MESSAGE_SIZE: '1' } })
  browser = await launchBrowser()
  await site.user({ name: 'Olga Operator', admin: true })
  message = await incomingBounce()
  folder = await mkdtemp(join(tmpdir(), 'huge-mail-'))
  huge = join(folder, 'huge.eml')
  await writeFile(huge, Buffer.alloc(40 * MEGABYTE, 'x'))
})

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** As its recipients were judged when it came. */
async function incomingBounce(): Promise<string> {
  const { path, mail } = await site.tenant('Acme')
  const raw = await readFile(corpus('019-postfix-two.eml'))
  const id = await mail({ rcptTo: 'abc123+def456@rp.shop.example', raw })
  const { db } = site.web
  await db.$client.query("UPDATE messages SET scope = 'incoming', bounce = 1, status = 'processed' WHERE id = ?", [id])
  const [rows] = await db.$client.query('SELECT mail_server_id AS mailServerId FROM messages WHERE id = ?', [id])
  const { mailServerId } = (rows as unknown as { mailServerId: number }[])[0] ?? { mailServerId: 0 } // as selected
  const verdicts = { spf: 'pass', dkim: [{ domain: 'client.test', selector: 's1', result: 'pass' }], dmarc: 'pass', arc: 'none' }
  const found = { spamScore: 0.4, threat: false, threatDetails: '', incomplete: false, checks: CHECKS }
  const inspection = { ...found, messageId: id, mailServerId, createdAt: new Date(), report: { ...readReport(raw) } }
  const authentication = { verdicts: { ...verdicts, dmarcPolicy: 'reject' }, header: '' }
  await saveInspections(db, [{ inspection: { ...inspection, authentication }, scanned: true }])
  return `${path}/messages/${id}`
}

type Shown = { readonly name: string; readonly status: number; readonly act: (page: Page) => Promise<unknown> }

const file = (path: string) => (page: Page) => page.getByLabel('A file').setInputFiles(path)
const source = (text: string) => (page: Page) => page.getByLabel('Or its source').fill(text)

const SHOWN: readonly Shown[] = [
  { name: 'bounce', status: 200, act: file(BOUNCE) },
  { name: 'complaint', status: 200, act: source(COMPLAINT) },
  { name: 'ordinary', status: 200, act: source(ORDINARY) },
  { name: 'long', status: 200, act: source(LONG) },
  { name: 'nothing', status: 422, act: async () => undefined },
  { name: 'no-mail', status: 422, act: source('Hello there') },
]

const submit = async (page: Page): Promise<number | undefined> => {
  const answered = page.waitForResponse((response) => response.request().method() === 'POST')
  await page.getByRole('button', { name: 'Inspect', exact: true }).click()
  const status = (await answered).status()
  await page.waitForLoadState()
  return status
}

describe.each(LOOKS)('$name', ({ name: look, options }) => {
  it('shows what a mail is to whoever sees, touches or listens', async () => {
    const page = await signedInPage(browser, site, 'olga.operator@people.example', options)
    const complaints: string[] = []
    page.on('console', (said) => said.type() === 'error' && !/status of 422/.test(said.text()) && complaints.push(said.text()))
    const lookAt = async (name: string) => {
      await screenshot(page, `${look}-inspect-${name}`)
      expect([name, await overflow(page)]).toEqual([name, 0])
      for (const details of await page.locator('details').all()) await details.evaluate((element) => element.setAttribute('open', ''))
      expect([name, await audit(page)]).toEqual([name, []])
    }
    await page.goto(site.url)
    await page.locator('.menu > summary').click()
    await page.getByRole('link', { name: 'Inspect a mail' }).click()
    await page.getByRole('heading', { name: 'Inspect a mail', level: 1 }).waitFor()
    await lookAt('form')
    for (const { name, status, act } of SHOWN) {
      await page.goto(`${site.url}/inspections`)
      await act(page)
      expect([name, await submit(page)]).toEqual([name, status])
      await lookAt(name)
    }
    await page.goto(site.url + message)
    await lookAt('message')
    expect(complaints).toEqual([])
    await page.close()
  }, 120_000)
})

it('is used by the keyboard alone, and whoever listens begins with the result', async () => {
  const page = await signedInPage(browser, site, 'olga.operator@people.example', DESK)
  await page.goto(`${site.url}/inspections`)
  await page.getByLabel('Or its source').focus()
  await page.keyboard.type('From: a@b.example')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  for (const value of ['bounces@b.example', 'us@shop.example']) {
    await page.keyboard.press('Tab')
    await page.keyboard.type(value)
  }
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('Ordinary mail.').waitFor()
  expect(await page.title()).toBe('Ordinary mail: Inspect a mail · Posthaste')
  expect(await page.evaluate(() => document.querySelector(':target')?.id)).toBe('result')
  await page.getByText('Not looked up.').waitFor()
  expect(await page.getByLabel('Envelope recipient').inputValue()).toBe('us@shop.example')
  await page.close()
})

it('says before it travels that a file is too large', async () => {
  const page = await signedInPage(browser, site, 'olga.operator@people.example', DESK)
  await page.goto(`${site.url}/inspections`)
  const input = page.getByLabel('A file')
  await input.setInputFiles(huge)
  expect(await input.evaluate((element: HTMLInputElement) => element.validationMessage)).toBe('Larger than 1.0 MB.')
  await input.setInputFiles(BOUNCE)
  expect(await submit(page)).toBe(200)
  await page.close()
})

it('needs no scripts, and then the answer says that a file is too large', async () => {
  const page = await signedInPage(browser, site, 'olga.operator@people.example', { ...DESK, javaScriptEnabled: false })
  await page.goto(`${site.url}/inspections`)
  await page.getByLabel('A file').setInputFiles(huge)
  expect(await submit(page)).toBe(413)
  await page.getByText('This is larger than the 1.0 MB that this installation accepts.').waitFor()
  await screenshot(page, 'desk-light-inspect-too-large')
  await page.getByLabel('A file').setInputFiles(BOUNCE)
  expect(await submit(page)).toBe(200)
  await page.getByText('It tells that a mail could not be delivered.').waitFor()
  await page.close()
})
