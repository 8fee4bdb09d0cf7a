/** Organizations say which of the pools they were given their mail leaves from. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findMailServer } from '../store/mail-servers.ts'
import { addIpPoolRule, chooseIpPool, ipPoolRulesOf, removeIpPoolRule, updateIpPoolRuleSettings } from './ip-pool-rules.ts'
import { createIpPool, giveIpPool, ipPoolsOf } from './ip-pools.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'

let fixture: ManageFixture
let acme: Tenant
let other: Tenant
let given: number
let foreign: number
beforeAll(async () => {
  fixture = await createManageFixture()
  const { manage } = fixture
  acme = await fixture.tenant('Acme')
  other = await fixture.tenant('Other')
  given = (await createIpPool(manage, { name: 'Given' })).id
  foreign = (await createIpPool(manage, { name: 'Foreign' })).id
  await giveIpPool(manage, { ipPoolId: given, organizationId: acme.organizationId })
  await giveIpPool(manage, { ipPoolId: foreign, organizationId: other.organizationId })
})
afterAll(() => fixture[Symbol.asyncDispose]())

it('a mail server is given a pool by its members, out of those of its organization', async () => {
  const member = await acme.member('member')
  const { mailServerId, organizationId } = acme
  expect((await ipPoolsOf(member, { organizationId })).map(({ name }) => name)).toEqual(['Given'])
  await chooseIpPool(member, { mailServerId, ipPoolId: given })
  expect((await findMailServer(member.db, { id: mailServerId }))?.ipPoolId).toBe(given)
  for (const ipPoolId of [foreign, 4711])
    await expect(chooseIpPool(member, { mailServerId, ipPoolId })).rejects.toEqual(refusal('input.invalid', 'ipPoolId'))
  await chooseIpPool(member, { mailServerId, ipPoolId: null })
  expect((await findMailServer(member.db, { id: mailServerId }))?.ipPoolId).toBeNull()
})

it('rules are added, changed, listed newest first and removed, each with an audit entry', async () => {
  const member = await acme.member('member')
  const { mailServerId, organizationId } = acme
  const shared = await addIpPoolRule(member, { organizationId, ipPoolId: given, to: [' GMAIL.com ', '', 'gmail.com'] })
  expect(shared).toMatchObject({ mailServerId: null, fromText: '', toText: 'gmail.com' })
  const own = await addIpPoolRule(member, { organizationId, mailServerId, ipPoolId: given, from: ['Bücher.example', 'News@Acme.example'] })
  expect(own.fromText).toBe('xn--bcher-kva.example\nnews@acme.example')
  expect((await ipPoolRulesOf(member, { organizationId })).map(({ id }) => id)).toEqual([own.id, shared.id])
  expect(await updateIpPoolRuleSettings(member, { id: own.id, from: [], to: ['a@b.example'] })).toMatchObject({
    fromText: '',
    toText: 'a@b.example',
  })
  await expect(updateIpPoolRuleSettings(member, { id: own.id, to: [] })).rejects.toEqual(refusal('input.invalid', 'from'))
  for (const { id } of [own, shared]) await removeIpPoolRule(member, { id })
  expect(await ipPoolRulesOf(member, { organizationId })).toEqual([])
  expect(await fixture.audited()).toEqual(
    expect.arrayContaining(['ip_pool_rule.created', 'ip_pool_rule.updated', 'ip_pool_rule.deleted', 'mail_server.updated']),
  )
})

it.each([
  ['from', { from: ['two words'] }],
  ['to', { to: ['a@@b', 'fine.example'] }],
  ['to', { to: ['not a domain!'] }],
  ['from', {}],
])('rules are refused with a wrong %s', async (field, conditions) => {
  const { organizationId } = acme
  await expect(addIpPoolRule(fixture.manage, { organizationId, ipPoolId: given, ...conditions })).rejects.toEqual(
    refusal('input.invalid', field),
  )
})

it('nobody uses the pools or touches the rules of others', async () => {
  const { organizationId } = acme
  const to = ['example.net']
  await expect(addIpPoolRule(fixture.manage, { organizationId, ipPoolId: foreign, to })).rejects.toEqual(
    refusal('input.invalid', 'ipPoolId'),
  )
  const rule = await addIpPoolRule(fixture.manage, { organizationId, ipPoolId: given, to })
  const stranger = await other.member('owner')
  const reader = await acme.member('reader')
  await expect(ipPoolRulesOf(stranger, { organizationId })).rejects.toEqual(refusal('organization.not_found'))
  await expect(ipPoolsOf(stranger, { organizationId })).rejects.toEqual(refusal('organization.not_found'))
  await expect(addIpPoolRule(stranger, { organizationId, ipPoolId: given, to })).rejects.toEqual(refusal('organization.not_found'))
  await expect(removeIpPoolRule(stranger, rule)).rejects.toEqual(refusal('ip_pool_rule.not_found'))
  await expect(chooseIpPool(stranger, { mailServerId: acme.mailServerId, ipPoolId: foreign })).rejects.toEqual(
    refusal('mail_server.not_found'),
  )
  await expect(removeIpPoolRule(reader, rule)).rejects.toEqual(refusal('auth.forbidden'))
  await expect(addIpPoolRule(reader, { organizationId, ipPoolId: given, to })).rejects.toEqual(refusal('auth.forbidden'))
  const { mailServerId } = other
  const crossed = { organizationId, mailServerId, ipPoolId: given, to }
  await expect(addIpPoolRule(fixture.manage, crossed)).rejects.toEqual(refusal('mail_server.not_found'))
})
