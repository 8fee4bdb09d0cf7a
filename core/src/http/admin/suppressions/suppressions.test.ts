/** The suppression list is shown to members, changed by those who may, and closed to strangers. */
import { suppressionsOf } from '@posthaste/core/manage/suppressions.ts'
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
  path = `${acme.path}/suppressions`
  member = await visitorOf(site, { name: 'Mia Member', in: [acme, 'member'] })
  reader = await visitorOf(site, { name: 'Rea Reader', in: [acme, 'reader'] })
  stranger = await visitorOf(site, { name: 'Stan Stranger', in: [zeta, 'owner'] })
})
afterAll(() => site[Symbol.asyncDispose]())

const addresses = async () =>
  (await suppressionsOf({ ...site.manage, actor: { type: 'cli' } }, { mailServerId })).map(({ address }) => address)

it('is empty at first, takes addresses, finds them by a part, and lets them go', async () => {
  expect((await member.get(path)).body).toContain('Nobody is suppressed')
  expect(await member.post(path, { address: 'Ana@A.test', reason: 'asked <us>', days: '' })).toMatchObject({ status: 303, location: path })
  await member.post(path, { address: 'bob@b.test', reason: '', days: '5' })
  const { body } = await member.get(path)
  expect(body).toContain('ana@a.test')
  expect(body).toContain('asked &lt;us&gt;')
  expect(body).toContain('for ever')
  const found = (await member.get(`${path}?search=B.test`)).body
  expect(found).toContain('bob@b.test')
  expect(found).not.toContain('ana@a.test')
  expect((await member.get(`${path}?search=zzz`)).body).toContain('No such address')
  expect((await member.get(`${path}?after=ana%40a.test`)).body).not.toContain('ana@a.test')
  expect(await member.post(`${path}/removal`, { address: 'ana@a.test' })).toMatchObject({ status: 303, location: path })
  expect((await member.get(path)).body).toContain('may be mailed again')
  expect(await addresses()).toEqual(['bob@b.test'])
})

it('says beside the field what is wrong, and keeps what was typed', async () => {
  const { status, body } = await member.post(path, { address: 'nobody', reason: 'keep me', days: '' })
  expect(status).toBe(422)
  expect(body).toContain('address must be a mail address')
  expect(body).toContain('keep me')
  expect((await member.post(path, { address: 'a@b.test', reason: '', days: '0' })).status).toBe(422)
})

it('is shown to readers without buttons, to strangers and the signed-out not at all', async () => {
  const { body } = await reader.get(path)
  expect(body).toContain('bob@b.test')
  expect(body).not.toContain('Remove bob@b.test')
  expect((await reader.post(path, { address: 'c@c.test', reason: '', days: '' })).status).toBe(403)
  expect((await reader.post(`${path}/removal`, { address: 'bob@b.test' })).status).toBe(403)
  expect((await stranger.get(path)).status).toBe(404)
  expect((await stranger.post(`${path}/removal`, { address: 'bob@b.test' })).status).toBe(404)
  expect((await createVisitor(site.url).get(path)).status).toBe(303)
  expect((await member.post(path, { address: 'c@c.test', form_token: 'forged' })).status).toBe(403)
  expect(await addresses()).toEqual(['bob@b.test'])
})
