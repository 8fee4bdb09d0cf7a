/** The page of an incoming mail says what we made of it, and why; the list says it in a word. */
import { readFile } from 'node:fs/promises'
import { type AdminSite, type AdminTenant, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readReport } from '../../../mail/read-report.ts'
import { type MessageInspection, saveInspections } from '../../../store/inspections.ts'

const CORPUS = new URL('../../../../../test/corpus/bounces/', import.meta.url)

let site: AdminSite
let shop: AdminTenant
let reader: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  shop = await site.tenant('Acme')
  reader = createVisitor(site.url)
  await reader.signIn(await site.user({ name: 'Rita Reader', in: [shop, 'reader'] }))
}, 60_000)
afterAll(() => site[Symbol.asyncDispose]())

const NOTHING = { spamScore: 0, threat: false, threatDetails: '', incomplete: false, checks: [], authentication: null, report: null }
const VERDICTS = {
  ...{ spf: 'pass', dmarc: 'fail', dmarcPolicy: 'reject', arc: 'none' },
  dkim: [{ domain: 'far.example', selector: 's1', result: 'neutral' }],
}

type Found = Partial<MessageInspection> & { readonly subject: string; readonly scanned: boolean }

async function incoming({ subject, scanned, ...found }: Found): Promise<string> {
  const id = await shop.mail({ rcptTo: 'us@shop.example', subject })
  const { db } = site.web
  await db.$client.query("UPDATE messages SET scope = 'incoming', bounce = ? WHERE id = ?", [found.report !== undefined, id])
  const [rows] = await db.$client.query('SELECT mail_server_id AS mailServerId FROM messages WHERE id = ?', [id])
  const { mailServerId } = (rows as unknown as { mailServerId: number }[])[0] ?? { mailServerId: 0 } // as selected
  await saveInspections(db, [{ inspection: { ...NOTHING, messageId: id, mailServerId, createdAt: new Date(), ...found }, scanned }])
  return `${shop.path}/messages/${id}`
}

const words = (body: string): string =>
  body
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')

it('a bounce has its kind, reason, recipients and verdicts, and what it points to', async () => {
  const report = { ...readReport(await readFile(new URL('001-postfix-unknown.eml', CORPUS))) }
  const page = await incoming({ subject: 'Came back', scanned: false, report, authentication: { verdicts: VERDICTS, header: '' } })
  const seen = words((await reader.get(page)).body)
  expect(seen).toMatch(
    /Bounce\. It tells that a mail could not be delivered\. Known by its delivery status part \(RFC 3464\) Reason The mailbox does not exist\. \(unknown_user\)/,
  )
  expect(seen).toMatch(/Permanent yes Status 5\.1\.1 Diagnostic/)
  for (const { address } of report.recipients) expect(seen).toContain(address)
  expect(seen).toContain('permanent and about the recipient: to be suppressed')
  expect(seen).toMatch(/SPF pass DKIM neutral s1\/far\.example DMARC fail \(policy reject\) ARC none Spam not checked/)
})

it('ordinary mail has its score with the rules behind it, and its virus, as text', async () => {
  const checks = [{ name: 'URI_<b>', score: 6.5, description: 'Link to <i>bad</i> host' }]
  const { body } = await reader.get(
    await incoming({ subject: 'Win', scanned: true, spamScore: 6.5, threat: true, threatDetails: 'Eicar', checks }),
  )
  expect(words(body)).toMatch(
    /Ordinary mail\. It bears no sign of a report about another mail\. Known by nothing.* Spam yes, score 6\.5 Virus Eicar/,
  )
  expect(body).toContain('URI_&lt;b&gt;')
  expect(body).not.toContain('<i>bad')
})

it('mail that a scanner did not answer about says so, and is spam by the threshold of now', async () => {
  const path = await incoming({
    subject: 'Slow',
    scanned: true,
    spamScore: 6,
    threatDetails: 'Timed out scanning for threats',
    incomplete: true,
  })
  expect(words((await reader.get(path)).body)).toMatch(
    /Spam yes, score 6 Virus Timed out scanning for threats Scanners not all of them answered, so this may not be all/,
  )
  await site.web.db.$client.query('UPDATE mail_servers SET spam_threshold = 7')
  expect(words((await reader.get(path)).body)).toMatch(/Spam no, score 6/)
})

it('outgoing mail that was scanned has its score, and no verdicts on who sent it', async () => {
  const path = await incoming({ subject: 'Offer', scanned: true, spamScore: 3, threatDetails: 'No threats found' })
  await site.web.db.$client.query("UPDATE messages SET scope = 'outgoing' WHERE id = ?", [path.split('/').at(-1)])
  const seen = words((await reader.get(path)).body)
  expect(seen).toMatch(/Inspection Spam no, score 3 Virus No threats found/)
  expect(seen).not.toContain('DMARC')
})

it('outgoing mail has no inspection', async () => {
  const { body } = await reader.get(`${shop.path}/messages/${await shop.mail({ rcptTo: 'ana@a.example' })}`)
  expect(body).not.toContain('id="inspection"')
})

it('lists mark mail to a return path by what it is, and find it by that', async () => {
  await incoming({ subject: 'Away until Monday', scanned: false, report: { kind: 'auto_reply' } })
  const { body } = await reader.get(`${shop.path}/messages/incoming?q=kind:+auto-reply`)
  expect(body).toContain('Away until Monday')
  expect(body).not.toContain('Came back')
  expect(body).toContain('<span class="mark">Automatic reply</span>')
  const all = (await reader.get(`${shop.path}/messages/incoming`)).body
  expect(all).toContain('<span class="mark">Bounce</span>')
})
