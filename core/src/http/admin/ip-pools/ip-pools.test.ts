/** Pools and addresses on their pages: for operators; organizations choose among those that they were given. */
import { ipAddressesOf } from '@posthaste/core/manage/ip-addresses.ts'
import { ipPoolRulesOf } from '@posthaste/core/manage/ip-pool-rules.ts'
import { giveIpPool, ipPoolsOf } from '@posthaste/core/manage/ip-pools.ts'
import { findMailServer } from '@posthaste/core/store/mail-servers.ts'
import { putWorkerAddresses } from '@posthaste/core/store/worker-addresses.ts'
import { type AdminSite, type AdminTenant, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

let site: AdminSite
let acme: AdminTenant
let operator: Visitor
let owner: Visitor
let reader: Visitor
let stranger: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  acme = await site.tenant('Acme')
  const other = await site.tenant('Other')
  operator = await visitorOf(site, { name: 'Olga Operator', admin: true })
  owner = await visitorOf(site, { name: 'Otto Owner', in: [acme, 'owner'] })
  reader = await visitorOf(site, { name: 'Rita Reader', in: [acme, 'reader'] })
  stranger = await visitorOf(site, { name: 'Stan Stranger', in: [other, 'owner'] })
})
afterAll(() => site[Symbol.asyncDispose]())

const address = { ipv4: '127.0.0.1', ipv6: '', hostname: 'mta1.example.com', priority: '100' }

it('are added, changed and removed by operators, and what is wrong is said beside its field', async () => {
  expect((await operator.get('/ip-pools')).body).toContain('No pool yet')
  const added = await operator.post('/ip-pools', { name: 'Bulk', default: 'yes' })
  expect(added).toMatchObject({ status: 303, location: expect.stringMatching(/^\/ip-pools\/[0-9a-f-]{36}$/) })
  const path = added.location ?? ''
  expect((await operator.get(path)).body).toContain('Pool added.')
  const again = await operator.post('/ip-pools', { name: 'bulk' })
  expect([again.status, again.body]).toEqual([422, expect.stringMatching(/id="field-name-mistake"[\s\S]*named bulk already/)])

  const wrong = await operator.post(`${path}/addresses`, { ...address, ipv4: '300.0.0.1', warm_up: 'yes' })
  expect([wrong.status, wrong.body]).toEqual([422, expect.stringMatching(/value="300\.0\.0\.1"[\s\S]*id="field-ipv4-mistake"/)])
  expect(await operator.post(`${path}/addresses`, { ...address, warm_up: 'yes' })).toMatchObject({ status: 303, location: path })
  await operator.post(`${path}/addresses`, { ...address, ipv4: '192.0.2.1', priority: '50' })
  expect((await operator.get(path)).body).toMatch(/127\.0\.0\.1[\s\S]*sends nothing[\s\S]*No worker runs/)
  const { db, clock } = site.manage
  await putWorkerAddresses(db, 1, { machine: 'mta1.internal', addresses: new Set(['127.0.0.1']), seenAt: clock() })
  const before = new Date(clock().getTime() - 300_000)
  await putWorkerAddresses(db, 2, { machine: 'mta2.internal', addresses: new Set(['192.0.2.1']), seenAt: before })
  const { body } = await operator.get(path)
  expect(body).toMatch(/127\.0\.0\.1[\s\S]*100 % of the mail[\s\S]*On a machine[\s\S]*Warming up, day 1[\s\S]*mta1\.internal[\s\S]*, seen /)
  expect(body).toMatch(
    /192\.0\.2\.1[\s\S]*sends nothing[\s\S]*On no machine[\s\S]*mta2\.internal[\s\S]*silent, last seen [\s\S]*5 minutes ago/,
  )

  const [, second] = await ipAddressesOf(site.manage)
  const edit = `${path}/addresses/${second?.id}`
  expect((await operator.get(edit)).body).toContain('value="192.0.2.1"')
  const [pool] = await ipPoolsOf(site.manage)
  const changed = { ...address, ipv4: '192.0.2.2', priority: '', pool: String(pool?.id) }
  expect((await operator.post(`${edit}/settings`, changed)).body).toContain('priority must be a whole number')
  await operator.post(`${edit}/settings`, { ...changed, priority: '0' })
  expect((await ipAddressesOf(site.manage))[1]).toMatchObject({ ipv4: '192.0.2.2', priority: 0 })
  await operator.post(`${edit}/warm-up`)
  expect((await operator.get(path)).body).toContain('The warm-up begins')
  await operator.post(`${edit}/warm-up/end`)
  expect((await ipAddressesOf(site.manage))[1]?.warmupStartedAt).toBeNull()
  expect((await operator.get(path)).body).toMatch(/Warm since \d+ \w+ \d{4}/)

  const refused = await operator.post(`${path}/removal`)
  expect([refused.status, refused.body]).toEqual([422, expect.stringContaining('still has 2 addresses')])
  for (const { id } of await ipAddressesOf(site.manage)) await operator.post(`${path}/addresses/${id}/removal`)
  await operator.post(`${path}/settings`, { name: 'Newsletters' })
  expect(await ipPoolsOf(site.manage)).toMatchObject([{ name: 'Newsletters', isDefault: false }])
  expect(await operator.post(`${path}/removal`)).toMatchObject({ status: 303, location: '/ip-pools' })
  expect((await operator.get(path)).status).toBe(404)
})

it('are given to organizations, which choose among them and make rules', async () => {
  const path = (await operator.post('/ip-pools', { name: 'Main' })).location ?? ''
  const [pool] = await ipPoolsOf(site.manage)
  const organizationId = acme.organization.id
  expect((await owner.get('/org/acme/ip-pools')).body).toContain('No pool for this organization')
  await operator.post(`${path}/organizations`, { organization: String(organizationId) })
  expect((await operator.get(path)).body).toContain('Take it from Acme')
  expect((await owner.get('/org/acme')).body).toContain('href="/org/acme/ip-pools"')
  expect((await owner.get('/org/acme/ip-pools')).body).toContain('Main')
  await operator.post(`${path}/addresses`, address)
  const { db, clock } = site.manage
  await putWorkerAddresses(db, 1, { machine: 'mta1.internal', addresses: new Set(['127.0.0.1']), seenAt: clock() })
  expect((await owner.get('/org/acme/ip-pools')).body).toMatch(/127\.0\.0\.1[\s\S]*On a machine/)
  expect((await owner.get('/org/acme/ip-pools')).body).not.toContain('mta1.internal')
  expect((await operator.get('/org/acme/ip-pools')).body).toContain('mta1.internal')

  const ipPoolId = String(pool?.id)
  const server = String(acme.mailServer.id)
  await owner.post('/org/acme/ip-pools/choice', { server, pool: ipPoolId })
  expect((await findMailServer(site.manage.db, { id: acme.mailServer.id }))?.ipPoolId).toBe(pool?.id)
  const wrong = await owner.post('/org/acme/ip-pools/rules', { ipPoolId, server, from: 'two words', to: '' })
  expect([wrong.status, wrong.body]).toEqual([422, expect.stringMatching(/>two words<[\s\S]*id="field-from-mistake"/)])
  await owner.post('/org/acme/ip-pools/rules', { ipPoolId, server, from: '', to: 'gmail.com\r\nweb.de' })
  expect((await owner.get('/org/acme/ip-pools')).body).toMatch(/to gmail\.com, web\.de[\s\S]*leaves from Main · Shop/)
  const [rule] = await ipPoolRulesOf(site.manage, { organizationId })
  const at = `/org/acme/ip-pools/rules/${rule?.uuid}`
  expect((await owner.get(at)).body).toContain('gmail.com\nweb.de')
  await owner.post(at, { ipPoolId, from: 'news@shop.example', to: '' })
  expect(await ipPoolRulesOf(site.manage, { organizationId })).toMatchObject([{ fromText: 'news@shop.example', toText: '' }])
  expect((await operator.post(`${path}/organizations/removal`, { organization: String(organizationId) })).body).toContain(
    'still has 1 mail server and 1 rule',
  )
  await owner.post(`${at}/removal`)
  await owner.post('/org/acme/ip-pools/choice', { server, pool: '' })
  expect(await operator.post(`${path}/organizations/removal`, { organization: String(organizationId) })).toMatchObject({ status: 303 })
})

it('are shown to nobody else, and changed by nobody else', async () => {
  const path = (await operator.post('/ip-pools', { name: 'Guarded' })).location ?? ''
  const pool = (await ipPoolsOf(site.manage)).find(({ name }) => name === 'Guarded')
  await giveIpPool(site.manage, { ipPoolId: pool?.id ?? 0, organizationId: acme.organization.id })
  for (const page of ['/ip-pools', path]) expect((await owner.get(page)).status).toBe(403)
  for (const [to, fields] of [
    ['/ip-pools', { name: 'Mine' }],
    [`${path}/addresses`, address],
    [`${path}/removal`, {}],
    [`${path}/organizations`, { organization: '1' }],
  ] as const)
    expect((await owner.post(to, fields)).status).toBe(403)
  expect((await owner.get('/')).body).not.toContain('href="/ip-pools"')
  expect((await operator.post('/ip-pools', { name: 'Forged', form_token: 'forged' })).status).toBe(403)
  expect((await createVisitor(site.url).get('/ip-pools')).status).toBe(303)

  const rule = { ipPoolId: String(pool?.id), from: '', to: 'gmail.com', server: '' }
  expect((await reader.get('/org/acme/ip-pools')).body).not.toContain('Add a rule')
  expect((await reader.post('/org/acme/ip-pools/rules', rule)).status).toBe(403)
  expect((await stranger.get('/org/acme/ip-pools')).status).toBe(404)
  expect((await stranger.post('/org/acme/ip-pools/rules', rule)).status).toBe(404)
  const server = String(acme.mailServer.id)
  expect((await stranger.post('/org/other/ip-pools/choice', { server, pool: rule.ipPoolId })).status).toBe(404)
  expect((await stranger.post('/org/other/ip-pools/rules', rule)).status).toBe(422)
})
