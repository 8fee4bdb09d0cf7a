/** Lists of messages and pages of one: who sees what, what is found, and that mail stays text. */
import { type AdminSite, type AdminTenant, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAuditEntries } from '../../../store/audit.ts'

let site: AdminSite
let acme: AdminTenant
let rival: AdminTenant
let member: Visitor
let reader: Visitor
let stranger: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  acme = await site.tenant('Acme')
  rival = await site.tenant('Rival')
  member = await visitorOf(site, { name: 'Mia Member', in: [acme, 'member'] })
  reader = await visitorOf(site, { name: 'Rita Reader', in: [acme, 'reader'] })
  stranger = await visitorOf(site, { name: 'Stan Stranger', in: [rival, 'owner'] })
}, 60_000)
afterAll(() => site[Symbol.asyncDispose]())

const listed = (body: string): string[] => [...body.matchAll(/class="row-link"[^>]*><bdi>([^<]*)</g)].map(([, subject = '']) => subject)

describe('lists', () => {
  let shop: AdminTenant
  let one: Visitor
  beforeAll(async () => {
    shop = await site.tenant('Lists')
    one = await visitorOf(site, { name: 'Lena Lists', in: [shop, 'member'] })
    for (let number = 1; number <= 120; number += 1)
      await shop.mail({ rcptTo: `user${number}@a.example`, subject: `Mail ${number}`, ...(number % 40 === 0 ? { tag: 'rare' } : {}) })
  }, 60_000)

  const list = (query = '') => one.get(`${shop.path}/messages/outgoing${query}`)

  it('go back to the oldest and forth to the newest without losing or repeating any', async () => {
    const seen: string[] = []
    const pages: string[] = []
    for (let query: string | undefined = ''; query !== undefined; ) {
      const { body } = await list(query)
      pages.push(body)
      seen.push(...listed(body))
      query = /href="[^"?]*(\?[^"]+)" rel="next"/.exec(body)?.[1]
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => `Mail ${120 - index}`))
    expect(pages).toHaveLength(3)
    const back = /href="[^"?]*(\?[^"]+)" rel="prev"/.exec(pages[2] ?? '')?.[1] ?? ''
    expect(listed((await list(back)).body)).toEqual(listed(pages[1] ?? ''))
    expect(pages[0]).not.toContain('rel="prev"')
  })

  it('find by the search text and by its fields, and keep them through the pages', async () => {
    expect(listed((await list('?q=tag:+rare')).body)).toEqual(['Mail 120', 'Mail 80', 'Mail 40'])
    expect(listed((await list('?tag=rare&to=user80@a.example')).body)).toEqual(['Mail 80'])
    expect(listed((await list('?q=order:+oldest-first+tag:+rare')).body)).toEqual(['Mail 40', 'Mail 80', 'Mail 120'])
    expect(listed((await list('?q=to:+user11*+subject:+9')).body)).toEqual(['Mail 119'])
    expect(listed((await list('?q=after:+"1+hour+ago"+status:+sent')).body)).toEqual([])
    expect((await list('?q=to:+@a.example&status=pending')).body).toMatch(
      /rel="next"|\?q=to%3A\+%40a\.example&amp;status=pending&amp;before=\d+/,
    )
  })

  it('leave empty conditions out of the address', async () => {
    expect(await list('?q=&status=sent&to=')).toMatchObject({ status: 303, location: `${shop.path}/messages/outgoing?status=sent` })
  })

  it('say what was not understood, and take wildcards and quotes as text', async () => {
    const { status, body } = await list('?q=colour:+red+%25_%27%22%3Cb%3E')
    expect(status).toBe(200)
    expect(body).toContain('“colour:” is not known')
    expect(listed(body)).toEqual([])
    expect(body).not.toContain('<b>')
  })

  it('take whatever stands in the address', async () => {
    for (const query of ['?before=x', '?before=-1', '?after=1e99', '?status=nonsense', '?before=0', '?q=%00'])
      expect([query, (await list(query)).status]).toEqual([query, 200])
  })
})

describe('who sees what', () => {
  const pages = (id: number) => [
    '',
    '/messages/outgoing',
    '/messages/held',
    '/queue',
    '/domains',
    '/credentials',
    '/webhooks',
    `/messages/${id}`,
  ]
  const content = (id: number) =>
    ['headers', 'plain', 'html', 'html/body', 'attachments', 'download'].map((part) => `/messages/${id}/${part}`)

  it('members see all of it, readers all but what mail says, strangers nothing', async () => {
    const id = await acme.mail({ rcptTo: 'ana@a.example' })
    for (const path of pages(id)) {
      const seen = await Promise.all([member, reader, stranger].map((visitor) => visitor.get(acme.path + path)))
      expect([path, seen.map(({ status }) => status)]).toEqual([path, [200, 200, 404]])
    }
    for (const path of content(id)) {
      const seen = await Promise.all([member, reader, stranger].map((visitor) => visitor.get(acme.path + path)))
      expect([path, seen.map(({ status }) => status)]).toEqual([path, [200, 403, 404]])
    }
  })

  it('sends those without a session to sign in, whatever the page', async () => {
    for (const path of [...pages(1), ...content(1)]) {
      const { status, location, body } = await createVisitor(site.url).get(acme.path + path)
      expect({ status, location, body }).toEqual({
        status: 303,
        location: `/login?return_to=${encodeURIComponent(acme.path + path)}`,
        body: '',
      })
    }
  })

  it('keeps the messages of one mail server out of the pages of another', async () => {
    const id = await acme.mail({ rcptTo: 'ana@a.example', subject: 'Private to Acme' })
    for (const path of [`/messages/${id}`, `/messages/${id}/plain`, `/messages/${id}/download`])
      expect((await stranger.get(rival.path + path)).status).toBe(404)
    expect((await stranger.get(`${rival.path}/messages/outgoing?q=id:+${id}`)).body).not.toContain('Private to Acme')
    await stranger.get(rival.path)
    expect((await stranger.post(`${rival.path}/messages/${id}/moves`, { verb: 'hold' })).status).toBe(404)
  })

  it('shows strangers neither organization nor mail server', async () => {
    expect((await stranger.get('/')).body).not.toContain('Acme')
    expect((await stranger.get('/org/acme')).status).toBe(404)
    expect((await stranger.get('/org/rival/servers/none')).status).toBe(404)
  })

  it('takes no numbers that are none', async () => {
    for (const id of ['0', '1', 'x', '-1', '1e5', '99999999999999999999', '%00'])
      expect([id, (await member.get(`${acme.path}/messages/${id}`)).status]).toEqual([id, 404])
  })

  it('records who looked at what mail says', async () => {
    const id = await acme.mail({ rcptTo: 'ana@a.example' })
    await member.get(`${acme.path}/messages/${id}/plain`)
    await member.get(`${acme.path}/messages/${id}/download`)
    const entries = await listAuditEntries(site.manage.db, { organizationId: acme.organization.id, limit: 5 })
    const looks = entries
      .filter(({ subjectId }) => subjectId === id)
      .map(({ action, actorType, ipAddress }) => ({ action, actorType, ipAddress }))
    const who = { actorType: 'user', ipAddress: '127.0.0.1' }
    expect(looks).toEqual([
      { action: 'message.downloaded', ...who },
      { action: 'message.viewed', ...who },
    ])
  })
})

describe('what mail says stays text', () => {
  const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>`

  it('in subjects, headers, tags, answers and visits', async () => {
    const raw = Buffer.from(
      `From: shop@acme.example\r\nTo: ana@a.example\r\nSubject: ${EVIL}\r\nX-${'Evil'}: ${EVIL}\r\nMessage-ID: <${EVIL.replaceAll(' ', '')}>\r\n\r\n${EVIL}\r\n`,
    )
    const id = await acme.mail({ rcptTo: 'ana@a.example', raw, tag: EVIL })
    await acme.became(id, { status: 'hard_failed', details: `Refused ${EVIL} see <msg:${id}>`, output: `550 ${EVIL}` })
    for (const path of ['/messages/outgoing', '', `/messages/${id}`, `/messages/${id}/headers`, `/messages/${id}/plain`]) {
      const { body } = await member.get(acme.path + path)
      expect(body).toContain('&lt;script&gt;alert(1)')
      expect(body).not.toMatch(/<script>|<img src=x/)
    }
    expect((await member.get(`${acme.path}/messages/${id}`)).body).toContain(`<a href="${acme.path}/messages/${id}">message ${id}</a>`)
  })

  it('and its HTML comes in a sandbox without scripts, remote images or pixels', async () => {
    const html = `<p>Hello</p><script>alert(1)</script><img src="https://click.acme.example/o/${'A'.repeat(40)}"><img src="https://cdn.example/a.png">`
    const id = await acme.mail({ rcptTo: 'ana@a.example', htmlBody: html })
    const path = `${acme.path}/messages/${id}/html`
    const page = await member.get(path)
    expect(page.body).toMatch(/<iframe[^>]* sandbox=""/)
    expect(page.body).toContain('Show remote images')
    expect(page.body).not.toContain('Hello</p>')
    const frame = await member.get(`${path}/body`)
    expect(frame.headers.get('content-security-policy')).toBe(
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    )
    expect(frame.headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(frame.headers.get('cache-control')).toBe('no-store')
    expect(frame.body).toContain('<p>Hello</p>')
    expect(frame.body).not.toContain('/o/AAAA')
    expect((await member.get(`${path}/body?images=shown`)).headers.get('content-security-policy')).toContain('img-src data: https: http:;')
  })

  it('and its files are only ever downloads', async () => {
    const attachments = [{ name: 'a"\r\nX: y<script>.html', contentType: 'text/html', data: Buffer.from('<script>alert(1)</script>') }]
    const id = await acme.mail({ rcptTo: 'ana@a.example', attachments })
    const { headers, body } = await member.get(`${acme.path}/messages/${id}/attachments/1`)
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[^"\r\n]+"; filename\*=UTF-8''[\w%.!~-]+$/)
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(body).toBe('<script>alert(1)</script>')
    expect((await member.get(`${acme.path}/messages/${id}/attachments/2`)).status).toBe(404)
    const eml = await member.get(`${acme.path}/messages/${id}/download`)
    expect(eml.headers.get('content-disposition')).toContain(`filename="Message-acme-shop-${id}.eml"`)
    expect(eml.body).toContain('Message-ID: ')
  })

  it('and a mail that cannot be made sense of is still shown', async () => {
    for (const raw of ['', '\r\n', 'no header at all', 'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n', '\0\xff\xfe']) {
      const id = await acme.mail({ rcptTo: 'ana@a.example', raw: Buffer.from(raw, 'latin1') })
      for (const part of ['', '/headers', '/plain', '/html', '/attachments'])
        expect([raw, part, (await member.get(`${acme.path}/messages/${id}${part}`)).status]).toEqual([raw, part, 200])
    }
  })

  it('and says so when it is no longer stored', async () => {
    const id = await acme.mail({ rcptTo: 'ana@a.example' })
    await site.manage.db.$client.query('DELETE FROM raw_mails WHERE id = (SELECT raw_mail_id FROM messages WHERE id = ?)', [id])
    expect(await member.get(`${acme.path}/messages/${id}/plain`)).toMatchObject({
      status: 410,
      body: expect.stringContaining('no longer stored'),
    })
    expect((await member.get(`${acme.path}/messages/${id}/download`)).status).toBe(410)
    expect((await member.get(`${acme.path}/messages/${id}`)).status).toBe(200)
  })
})

describe('what is done to a message', () => {
  it('is offered where it can be done, and happens', async () => {
    const id = await acme.mail({ rcptTo: 'ana@a.example' })
    const path = `${acme.path}/messages/${id}`
    const { body } = await member.get(path)
    expect([...body.matchAll(/name="verb" value="(\w+)"/g)].map(([, verb]) => verb)).toEqual(['retry_now', 'hold', 'withdraw'])
    expect(body).toMatch(/What happens next.*It has not been tried yet\./s)
    expect(await member.post(`${path}/moves`, { verb: 'hold' })).toMatchObject({ status: 303, location: path })
    const held = (await member.get(path)).body
    expect(held).toContain('Held. It is out of the queue.')
    expect([...held.matchAll(/name="verb" value="(\w+)"/g)].map(([, verb]) => verb)).toEqual(['release', 'cancel_hold'])
    expect(held).not.toContain('What happens next')
    expect((await member.get(path)).body).not.toContain('Held. It is out of the queue.')
    expect((await member.post(`${path}/moves`, { verb: 'release' })).status).toBe(303)
  })

  it('is done to many held ones at once', async () => {
    const ids = [
      await acme.mail({ rcptTo: 'ana@a.example', subject: 'Held one' }),
      await acme.mail({ rcptTo: 'ben@a.example', subject: 'Held two' }),
    ]
    for (const id of ids) await acme.became(id, { status: 'held', details: 'Server is in development mode.' })
    const path = `${acme.path}/messages/moves`
    const { body } = await member.get(`${acme.path}/messages/held`)
    for (const id of ids) expect(body).toContain(`name="ids" value="${id}"`)
    expect((await member.post(path, { verb: 'release' })).status).toBe(422)
    expect((await member.post(path, { verb: 'hold', ids: String(ids[0]) })).status).toBe(422)
    expect((await reader.get(`${acme.path}/messages/held`)).body).not.toContain('name="ids"')
    expect((await reader.post(path, { verb: 'release', ids: String(ids[0]) })).status).toBe(403)
    expect((await stranger.post(path, { verb: 'release', ids: String(ids[0]) })).status).toBe(404)
    expect((await stranger.post(path.replace(acme.path, rival.path), { verb: 'release', ids: String(ids[0]) })).status).toBe(303)
    for (const id of ids) {
      expect(await member.post(path, { verb: 'cancel_hold', ids: String(id) })).toMatchObject({
        status: 303,
        location: `${acme.path}/messages/held`,
      })
      expect((await member.get(`${acme.path}/messages/held`)).body).toContain('Holds cancelled.')
    }
    await member.post(path, { verb: 'release', ids: String(ids[0]) })
    expect((await member.get(`${acme.path}/messages/held`)).body).toContain('Some had changed meanwhile')
  })

  it('is refused with the reason when things have moved on, and not offered to readers', async () => {
    const id = await acme.mail({ rcptTo: 'ana@a.example' })
    const path = `${acme.path}/messages/${id}`
    await member.get(path)
    expect(await member.post(`${path}/moves`, { verb: 'release' })).toMatchObject({ status: 422 })
    expect(await member.post(`${path}/moves`, { verb: 'explode' })).toMatchObject({ status: 422 })
    const seen = await reader.get(path)
    expect(seen.body).not.toContain('name="verb"')
    expect((await reader.post(`${path}/moves`, { verb: 'hold' })).status).toBe(403)
  })
})
