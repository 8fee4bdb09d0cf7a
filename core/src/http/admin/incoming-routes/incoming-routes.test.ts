/** Routes are shown to members and readers, changed by those who may, and closed to strangers. */
import { createAddressEndpoint } from '@posthaste/core/manage/address-endpoints.ts'
import { endpointsOf } from '@posthaste/core/manage/endpoint-list.ts'
import { createHttpEndpoint } from '@posthaste/core/manage/http-endpoints.ts'
import { routesOf } from '@posthaste/core/manage/route-list.ts'
import { type AdminSite, type AdminTenant, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findDomain } from '../../../store/domains.ts'

let site: AdminSite
let acme: AdminTenant
let path: string
let domain: string
let app: string
let archive: string
let member: Visitor
let reader: Visitor
let stranger: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  site.pretend(0)
  acme = await site.tenant('Acme')
  const zeta = await site.tenant('Zeta')
  path = `${acme.path}/routes`
  domain = (await findDomain(site.manage.db, acme.domainId))?.uuid ?? ''
  const mailServerId = acme.mailServer.id
  app = (await createHttpEndpoint(site.manage, { mailServerId, name: 'App', url: 'https://app.example/in?key=hush' })).uuid
  archive = (await createHttpEndpoint(site.manage, { mailServerId, name: 'Archive', url: 'https://archive.example/' })).uuid
  member = await visitorOf(site, { name: 'Mia Member', in: [acme, 'member'] })
  reader = await visitorOf(site, { name: 'Rea Reader', in: [acme, 'reader'] })
  stranger = await visitorOf(site, { name: 'Stan Stranger', in: [zeta, 'owner'] })
})
afterAll(() => site[Symbol.asyncDispose]())

const known = (search: string) => routesOf(site.manage, { mailServerId: acme.mailServer.id, search })
const fields = (more: Record<string, string> = {}) => ({ name: 'help', domainId: domain, endpoint: app, spamMode: 'mark', ...more })
async function hrefOf(search: string): Promise<string> {
  const [route] = await known(search)
  return `${path}/${route?.uuid}`
}

it('takes a route with its copies, and shows where to send mail for it', async () => {
  expect((await member.get(path)).body).toContain('No route yet')
  expect((await member.get(`${path}/new?endpoint=${archive}`)).body).toContain(`<option value="${archive}" selected="">Archive`)
  const answer = await member.post(path, fields({ name: 'Help', additionalEndpoints: archive }))
  expect(answer).toMatchObject({ status: 303, location: await hrefOf('help@') })
  const { body } = await member.get(answer.location ?? '')
  for (const text of ['Route added', 'help@acme.example', `${(await known('help@'))[0]?.token}@`, 'Archive', '0 in the last 7 days'])
    expect(body).toContain(text)
})

it('changes a route, by one choice of endpoint or mode', async () => {
  const href = await hrefOf('help@')
  await member.post(`${href}/settings`, fields({ endpoint: archive, additionalEndpoints: archive }))
  expect(await known('help@')).toMatchObject([{ mode: 'endpoint', targets: [{ endpoint: { uuid: archive } }] }])
  await member.post(`${href}/settings`, fields({ endpoint: 'hold', spamMode: 'fail' }))
  expect(await known('help@')).toMatchObject([{ mode: 'hold', spamMode: 'fail', targets: [] }])
  await member.post(`${href}/settings`, fields())
})

it.each([
  ['a name with a tag', { name: 'help+1' }, 'must be the part of an address'],
  ['the name of another', { name: 'help' }, 'There is a route named help already'],
  ['no endpoint', { name: 'x', endpoint: '' }, 'Choose where the mail goes'],
  ['an endpoint that is gone', { name: 'x', endpoint: 'gone' }, 'That endpoint is gone'],
  ['copies of what is held', { name: 'x', endpoint: 'hold', additionalEndpoints: 'ARCHIVE' }, 'only for the mode endpoint'],
  ['a foreign domain', { name: 'x', domainId: 'foreign' }, 'That domain is gone'],
  ['a mode for the return path', { domainId: '', endpoint: 'hold' }, 'can only lead to an HTTP endpoint'],
  ['an unknown spam mode', { name: 'x', spamMode: 'eat' }, 'spamMode must be one of'],
])('refuses %s, and keeps what was typed', async (_what, more, message) => {
  const sent = Object.fromEntries(Object.entries(more).map(([name, value]) => [name, value === 'ARCHIVE' ? archive : value]))
  const { status, body } = await member.post(path, fields(sent))
  expect([status, body.includes(message)]).toEqual([422, true])
  if ('name' in more) expect(body).toContain(`value="${more.name}"`)
})

it('tries addresses out', async () => {
  expect((await reader.get(`${path}?address=help%2B1@acme.example`)).body).toContain('It is handed to App.')
  const refused = await reader.get(`${path}?address=nonsense`)
  expect([refused.status, refused.body.includes('must be a whole address')]).toEqual([422, true])
})

it('shows readers no forms and no secrets, and strangers nothing', async () => {
  const href = await hrefOf('help@')
  const { body, status } = await reader.get(href)
  expect([status, body.includes('hush'), body.includes('<form method="post" action="/org/acme/servers/shop')]).toEqual([200, false, false])
  expect((await reader.get(`${path}/new`)).status).toBe(403)
  expect((await reader.post(path, fields({ name: 'y' }))).status).toBe(403)
  expect((await reader.post(`${href}/settings`, fields())).status).toBe(403)
  expect((await reader.post(`${href}/removal`)).status).toBe(403)
  for (const at of [path, href, `${path}?address=help@acme.example`]) expect((await stranger.get(at)).status).toBe(404)
  expect((await stranger.post(`${href}/removal`)).status).toBe(404)
  expect((await stranger.get(href.replaceAll('acme', 'zeta'))).status).toBe(404)
  expect((await createVisitor(site.url).get(path)).status).toBe(303)
  expect((await member.post(`${href}/removal`, { form_token: 'forged' })).status).toBe(403)
})

it('says what uses an endpoint and a domain, and removes routes', async () => {
  expect((await member.get(`${acme.path}/endpoints/${app}`)).body).toContain('help@acme.example')
  expect((await member.get(`${acme.path}/domains/${domain}`)).body).toContain('help@acme.example')
  const href = await hrefOf('help@')
  expect(await member.post(`${href}/removal`)).toMatchObject({ status: 303, location: path })
  expect((await member.get(href)).status).toBe(404)
  expect((await member.get(`${acme.path}/endpoints/${app}`)).body).toContain('No route leads here yet')
})

it('gives the routes of an endpoint that is removed to another one', async () => {
  const mailServerId = acme.mailServer.id
  const { uuid: old } = await createHttpEndpoint(site.manage, { mailServerId, name: 'Old', url: 'https://old.example/' })
  const { uuid: box } = await createAddressEndpoint(site.manage, { mailServerId, address: 'box@mailbox.example' })
  await member.post(path, fields({ name: 'moving', endpoint: old }))
  await member.post(path, fields({ name: '*', additionalEndpoints: old }))
  const href = `${acme.path}/endpoints/${old}`
  const shown = (await member.get(href)).body
  expect(shown).toContain('In its place')
  expect(shown).toContain(`<option value="${box}">box@mailbox.example`)
  expect(shown).not.toContain(`<option value="${old}"`)

  const refused = await member.post(`${href}/removal`, { replaceBy: box })
  expect(refused).toMatchObject({ status: 422, body: expect.stringContaining('can send them only to HTTP endpoints') })
  expect(refused.body).toContain(`<option value="${box}" selected="">`)
  expect((await member.post(`${href}/removal`, { replaceBy: old })).status).toBe(422)
  expect((await stranger.post(`${href}/removal`, { replaceBy: archive })).status).toBe(404)
  expect((await reader.post(`${href}/removal`, { replaceBy: archive })).status).toBe(403)

  const removed = await member.post(`${href}/removal`, { replaceBy: archive })
  expect(removed).toMatchObject({ status: 303, location: `${acme.path}/endpoints` })
  expect(await known('moving@')).toMatchObject([{ mode: 'endpoint', targets: [{ endpoint: { uuid: archive } }] }])
  expect(await known('*@')).toMatchObject([{ targets: [{ endpoint: { uuid: app } }, { endpoint: { uuid: archive } }] }])
})

it('is named on the pages of its mail, with the endpoint that each copy is for', async () => {
  const [route] = await known('moving@')
  const { db } = site.manage
  const [{ id: archiveId } = { id: 0 }] = (await endpointsOf(site.manage, acme.mailServer.id)).filter(({ uuid }) => uuid === archive)
  const row = (id: number, routeId: number | undefined, type: string | null, endpointId: number | null) => [
    ...[id, acme.mailServer.id, 1, `t${id}`, 'incoming', 'moving@acme.example', 'ana@client.example', 9, routeId, type, endpointId],
    new Date(),
  ]
  await db.$client.query(
    `INSERT INTO messages (id, mail_server_id, raw_mail_id, token, scope, rcpt_to, mail_from, size, route_id, endpoint_type, endpoint_id, created_at) VALUES ?`,
    [[row(1, route?.id, 'http', archiveId), row(2, route?.id, null, null), row(3, route?.id, 'http', 7), row(4, 7, null, null)]],
  )
  const shown = async (visitor: Visitor, id: number) => (await visitor.get(`${acme.path}/messages/${id}`)).body
  const routeLink = `<a href="${path}/${route?.uuid}"><bdi>moving@acme.example</bdi></a>`
  const endpointLink = `<a href="${acme.path}/endpoints/${archive}"><bdi>Archive</bdi></a>`
  for (const id of [1, 2]) expect(await shown(member, id)).toMatch(new RegExp(`${routeLink}[\\s\\S]*${endpointLink}`))
  expect(await shown(reader, 1)).toMatch(new RegExp(`${routeLink}[\\s\\S]*<dd><bdi>Archive</bdi></dd>`))
  expect(await shown(member, 3)).toContain('<dt>Endpoint</dt><dd>It is gone</dd>')
  expect(await shown(member, 4)).toContain('<dt>Route</dt><dd>It is gone</dd>')
})
