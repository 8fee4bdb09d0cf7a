/** Endpoints are shown to members, changed by those who may, and closed to strangers; passwords never come back. */
import { endpointsOf } from '@posthaste/core/manage/endpoint-list.ts'
import { type AdminSite, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

let site: AdminSite
let path: string
let mailServerId: number
let member: Visitor
let reader: Visitor
let stranger: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  const acme = await site.tenant('Acme')
  const zeta = await site.tenant('Zeta')
  mailServerId = acme.mailServer.id
  path = `${acme.path}/endpoints`
  member = await visitorOf(site, { name: 'Mia Member', in: [acme, 'member'] })
  reader = await visitorOf(site, { name: 'Rea Reader', in: [acme, 'reader'] })
  stranger = await visitorOf(site, { name: 'Stan Stranger', in: [zeta, 'owner'] })
})
afterAll(() => site[Symbol.asyncDispose]())

async function known(type: 'http' | 'smtp' | 'address') {
  const found = (await endpointsOf(site.manage, mailServerId)).find((endpoint) => endpoint.type === type)
  if (!found) throw new Error(`there is no ${type} endpoint`)
  return { ...found, href: `${path}/${found.uuid}` }
}

const HTTP = { name: 'App', url: 'https://u:hush@app.example/in?key=hush', format: 'processed', encoding: 'json', timeoutSeconds: '5' }
const SMTP = { name: 'Store', protocol: 'smtp', hostname: 'mail.example', port: '', tlsMode: 'auto', username: 'u', password: 'hush-hush' }

it('says what endpoints are where there is none, and takes all three types', async () => {
  expect((await member.get(path)).body).toContain('No endpoint yet')
  for (const [type, fields] of [
    ['http', HTTP],
    ['smtp', SMTP],
    ['address', { address: 'Ana@mailbox.example' }],
  ] as const) {
    expect((await member.get(`${path}/new/${type}`)).status).toBe(200)
    const answer = await member.post(`${path}/new/${type}`, fields)
    if (type === 'http') expect(answer).toMatchObject({ status: 201, body: expect.stringMatching(/Endpoint added[\s\S]*whsec_/) })
    else expect(answer).toMatchObject({ status: 303, location: path })
  }
  const { body } = await member.get(path)
  for (const text of ['App', 'mail.example:25', 'ana@mailbox.example']) expect(body).toContain(text)
  expect((await member.get(`${path}/new/pigeon`)).status).toBe(404)
})

it('changes them, and never gives a password back', async () => {
  const smtp = await known('smtp')
  const shown = (await member.get(smtp.href)).body
  expect(shown).toContain('mail.example')
  expect(shown).not.toContain('hush-hush')
  expect(await member.post(`${smtp.href}/settings`, { ...SMTP, name: 'LMTP store', protocol: 'lmtp', password: '' })).toMatchObject({
    status: 303,
  })
  expect(await known('smtp')).toMatchObject({ name: 'LMTP store', protocol: 'lmtp', username: 'u' })

  const refused = await member.post(`${smtp.href}/settings`, { ...SMTP, hostname: 'evil.example', password: '' })
  expect(refused.status).toBe(422)
  expect(refused.body).toContain('Give the password again')
  expect(refused.body).toContain('evil.example')
  await member.post(`${smtp.href}/settings`, { ...SMTP, hostname: 'new.example', port: '2525' })
  expect(await known('smtp')).toMatchObject({ hostname: 'new.example', port: 2525 })

  const http = await known('http')
  await member.post(`${http.href}/settings`, { ...HTTP, format: 'raw', stripReplies: 'yes', timeoutSeconds: '30' })
  expect(await known('http')).toMatchObject({ format: 'raw', stripReplies: true, includeAttachments: false, timeoutSeconds: 30 })
  expect((await member.post(`${http.href}/settings`, { ...HTTP, timeoutSeconds: '99' })).body).toContain('timeoutSeconds must be')

  const address = await known('address')
  await member.post(`${address.href}/settings`, { address: 'Eva@mailbox.example' })
  expect(await known('address')).toMatchObject({ address: 'eva@mailbox.example' })
  await member.post(`${path}/new/address`, { address: 'kim@mailbox.example' })
  expect((await member.post(`${address.href}/settings`, { address: 'kim@mailbox.example' })).body).toContain('is an endpoint already')
})

it('shows the signing secret, replaces it, and retires the former one', async () => {
  const { href } = await known('http')
  const secretIn = (body: string) => body.match(/whsec_[A-Za-z0-9+/]{43}=/)?.[0]
  const first = secretIn((await member.post(`${href}/secret`)).body)
  const second = secretIn((await member.post(`${href}/secret/replacement`)).body)
  expect(first).toBeDefined()
  expect(second).toBeDefined()
  expect(second).not.toBe(first)
  const both = (await member.get(href)).body
  expect(both).toContain('the former one signs too')
  expect(both).not.toContain('whsec_')
  expect(await member.post(`${href}/secret/retirement`)).toMatchObject({ status: 303, location: href })
  expect((await member.get(href)).body).toContain('Replace secret')
  expect((await reader.post(`${href}/secret`)).status).toBe(403)
  expect((await stranger.post(`${href}/secret`)).status).toBe(404)
  expect((await member.post(`${(await known('smtp')).href}/secret`)).status).toBe(404)
})

it('shows readers no secrets and no buttons, and strangers nothing', async () => {
  const http = await known('http')
  const { body } = await reader.get(path)
  expect(body).toContain('https://app.example/in?…')
  expect(body).not.toContain('hush')
  expect(body).not.toContain(http.href)
  expect((await reader.get(http.href)).status).toBe(403)
  expect((await reader.post(`${http.href}/removal`)).status).toBe(403)
  expect((await reader.post(`${path}/new/address`, { address: 'x@x.example' })).status).toBe(403)
  for (const at of [path, http.href]) expect((await stranger.get(at)).status).toBe(404)
  expect((await stranger.post(`${http.href}/removal`)).status).toBe(404)
  expect((await createVisitor(site.url).get(path)).status).toBe(303)
  expect((await member.post(`${http.href}/removal`, { form_token: 'forged' })).status).toBe(403)
  expect(await member.post(`${http.href}/removal`)).toMatchObject({ status: 303, location: path })
  expect((await member.get(http.href)).status).toBe(404)
})
