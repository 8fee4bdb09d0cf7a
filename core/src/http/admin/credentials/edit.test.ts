/** Credentials are edited by members, with their key and their limit of calls as it was meant. */
import { createCredential } from '@posthaste/core/manage/credentials.ts'
import { findCredential } from '@posthaste/core/store/credentials.ts'
import { type AdminSite, type AdminTenant, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

let site: AdminSite
let acme: AdminTenant
let member: Visitor
let reader: Visitor
let stranger: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  acme = await site.tenant('Acme')
  const zeta = await site.tenant('Zeta')
  member = await visitorOf(site, { name: 'Mia Member', in: [acme, 'member'] })
  reader = await visitorOf(site, { name: 'Rea Reader', in: [acme, 'reader'] })
  stranger = await visitorOf(site, { name: 'Stan Stranger', in: [zeta, 'owner'] })
})
afterAll(() => site[Symbol.asyncDispose]())

async function credential(type: 'api' | 'smtp' = 'api') {
  const { credential } = await createCredential(site.manage, { mailServerId: acme.mailServer.id, type, name: 'Shop', callsPerMinute: 60 })
  const { id, uuid } = credential
  return { path: `${acme.path}/credentials/${uuid}`, row: () => findCredential(site.manage.db, id) }
}

it('takes a limit, another one, and none', async () => {
  const { path, row } = await credential()
  const before = await row()
  expect((await member.get(path)).body).toContain('value="60"')
  const saved = await member.post(`${path}/settings`, { name: 'Till', callsPerMinute: '1200', hold: 'yes' })
  expect(saved).toMatchObject({ status: 303, location: `${acme.path}/credentials` })
  expect(await row()).toEqual({ ...before, name: 'Till', callsPerMinute: 1200, hold: true })
  expect((await member.get(`${acme.path}/credentials`)).body).toContain('at most 1,200 calls a minute')
  await member.post(`${path}/settings`, { name: 'Till', callsPerMinute: '' })
  expect(await row()).toEqual({ ...before, name: 'Till', callsPerMinute: null, hold: false })
})

it('says what is wrong and keeps what was typed', async () => {
  const { path, row } = await credential()
  for (const callsPerMinute of ['0', '1.5', 'many']) {
    const { status, body } = await member.post(`${path}/settings`, { name: 'Kept', callsPerMinute })
    expect(status).toBe(422)
    expect(body).toContain('value="Kept"')
    expect(body).toContain('callsPerMinute must be')
  }
  expect(await row()).toMatchObject({ name: 'Shop', callsPerMinute: 60 })
})

it('has a limit from the start when it is made with one, and asks none of SMTP', async () => {
  await member.post(`${acme.path}/credentials`, { type: 'api', name: 'Limited', network: '', callsPerMinute: '5' })
  const [rows] = await site.manage.db.$client.query("SELECT calls_per_minute AS calls FROM credentials WHERE name = 'Limited'")
  expect(rows).toEqual([{ calls: 5 }])
  const { path, row } = await credential('smtp')
  expect((await member.get(path)).body).not.toContain('API calls')
  await member.post(`${path}/settings`, { name: 'Mailer' })
  expect(await row()).toMatchObject({ name: 'Mailer', callsPerMinute: 60 })
})

it('is closed to readers, strangers and the signed-out', async () => {
  const { path, row } = await credential()
  expect((await reader.get(path)).status).toBe(403)
  expect((await reader.post(`${path}/settings`, { name: 'X' })).status).toBe(403)
  expect((await stranger.get(path)).status).toBe(404)
  expect((await stranger.post(`${path}/settings`, { name: 'X' })).status).toBe(404)
  expect((await createVisitor(site.url).get(path)).status).toBe(303)
  expect(await row()).toMatchObject({ name: 'Shop' })
})
