/** Blocks are shown to operators, who lift them; to nobody else. */
import { recordFailure } from '@posthaste/core/store/throttles.ts'
import { type AdminSite, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

const RULE = { failuresMax: 0, windowMs: 60_000, blockMs: 600_000 }
const fields = { kind: 'smtp_auth', subject: '192.0.2.7' }

let site: AdminSite
let operator: Visitor
let owner: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  const acme = await site.tenant('Acme')
  operator = await visitorOf(site, { name: 'Olga Operator', admin: true })
  owner = await visitorOf(site, { name: 'Otto Owner', in: [acme, 'owner'] })
})
afterAll(() => site[Symbol.asyncDispose]())

it('are listed with how to end them, and are gone when lifted', async () => {
  expect((await operator.get('/blocks')).body).toContain('Nobody is blocked')
  await recordFailure(site.manage.db, fields, RULE, site.manage.clock())
  const { body } = await operator.get('/blocks')
  expect(body).toContain('192.0.2.7')
  expect(body).toContain('SMTP authentication')
  expect(await operator.post('/blocks/removal', fields)).toMatchObject({ status: 303, location: '/blocks' })
  const after = await operator.get('/blocks')
  expect(after.body).toContain('may try again')
  expect(after.body).not.toContain('192.0.2.7')
  await operator.post('/blocks/removal', fields)
  expect((await operator.get('/blocks')).body).toContain('had ended already')
})

it('are not for members, nor for those who have not signed in or bring no token', async () => {
  await recordFailure(site.manage.db, fields, RULE, site.manage.clock())
  expect((await owner.get('/blocks')).status).toBe(403)
  expect((await owner.post('/blocks/removal', fields)).status).toBe(403)
  expect((await owner.get('/')).body).not.toContain('href="/blocks"')
  expect((await createVisitor(site.url).get('/blocks')).status).toBe(303)
  expect((await operator.post('/blocks/removal', { ...fields, form_token: 'forged' })).status).toBe(403)
  expect((await operator.get('/blocks')).body).toContain('192.0.2.7')
})
