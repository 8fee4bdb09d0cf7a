/** Operators set relays, passwords stay sealed, and every change is noted. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sealContext } from '../domain/seals.ts'
import { findRelay } from '../store/relays.ts'
import { addIpPoolRule, chooseIpPool } from './ip-pool-rules.ts'
import { createIpPool, giveIpPool, removeIpPool } from './ip-pools.ts'
import { deleteMailServer } from './mail-servers.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
import { deleteOrganization } from './organizations.ts'
import { addRelay, relaysInForce, removeRelay } from './relays.ts'

let fixture: ManageFixture
let tenant: Tenant
beforeAll(async () => {
  fixture = await createManageFixture()
  tenant = await fixture.tenant('Acme')
})
afterAll(() => fixture[Symbol.asyncDispose]())

it('are added, listed and removed, each with an audit entry, and never show their password', async () => {
  const { manage } = fixture
  const { mailServerId } = tenant
  const input = { mailServerId, domain: 'Bücher.Example', host: 'Relay.Example.com', port: 587, tlsMode: 'starttls' }
  const relay = await addRelay(manage, { ...input, username: 'shop', password: 'hunter2' })
  expect(relay).toMatchObject({ mailServerId, domain: 'xn--bcher-kva.example', host: 'relay.example.com', port: 587, tlsMode: 'starttls' })
  expect(JSON.stringify(await relaysInForce(manage))).not.toMatch(/hunter2|passwordSealed/)

  const sealed = (await findRelay(manage.db, relay.id))?.passwordSealed ?? Buffer.alloc(0)
  expect(sealed.includes('hunter2')).toBe(false)
  expect(Buffer.from(manage.vault.unseal(sealed, sealContext.relayPassword(relay.id))).toString()).toBe('hunter2')

  expect(await removeRelay(manage, relay)).toMatchObject({ host: 'relay.example.com' })
  expect(await relaysInForce(manage)).toEqual([])
  await expect(removeRelay(manage, relay)).rejects.toEqual(refusal('relay.not_found'))
  expect(await fixture.audited()).toEqual(expect.arrayContaining(['relay.created', 'relay.deleted']))
})

it.each([
  ['host', { host: 'two words' }],
  ['domain', { host: 'relay.test', domain: 'a@b' }],
  ['port', { host: 'relay.test', port: 0 }],
  ['tlsMode', { host: 'relay.test', tlsMode: 'maybe' }],
  ['password', { host: 'relay.test', username: 'shop' }],
  ['password', { host: 'relay.test', password: 'alone' }],
])('are refused with a wrong %s', async (field, input) => {
  await expect(addRelay(fixture.manage, input)).rejects.toEqual(refusal('input.invalid', field))
})

it('are refused for a mail server that does not exist', async () => {
  await expect(addRelay(fixture.manage, { host: 'relay.test', mailServerId: 4711 })).rejects.toEqual(refusal('mail_server.not_found'))
})

it('are nothing for the owner of an organization', async () => {
  const owner = await tenant.member('owner')
  const forbidden = refusal('auth.forbidden')
  await expect(addRelay(owner, { host: 'relay.test', mailServerId: tenant.mailServerId })).rejects.toEqual(forbidden)
  await expect(relaysInForce(owner)).rejects.toEqual(forbidden)
  await expect(removeRelay(owner, { id: 1 })).rejects.toEqual(forbidden)
})

it('go with their mail server or its organization, as the use of IP pools does', async () => {
  const { manage } = fixture
  const of = async (mailServerId: number) => (await relaysInForce(manage)).filter((relay) => relay.mailServerId === mailServerId)
  const setUp = async ({ mailServerId, organizationId }: Tenant, poolName: string) => {
    const { id: ipPoolId } = await createIpPool(manage, { name: poolName })
    await giveIpPool(manage, { ipPoolId, organizationId })
    await chooseIpPool(manage, { mailServerId, ipPoolId })
    await addIpPoolRule(manage, { organizationId, mailServerId, ipPoolId, to: ['example.net'] })
    await addRelay(manage, { host: 'relay.test', mailServerId })
    return ipPoolId
  }
  const [first, second] = [await fixture.tenant('First'), await fixture.tenant('Second')]
  const [one, two] = [await setUp(first, 'One'), await setUp(second, 'Two')]
  await expect(removeIpPool(manage, { id: one })).rejects.toEqual(refusal('ip_pool.in_use'))
  await deleteMailServer(manage, { id: first.mailServerId, confirmation: 'Transactional' })
  expect([await of(first.mailServerId), (await of(second.mailServerId)).length]).toEqual([[], 1])
  await removeIpPool(manage, { id: one })
  await deleteOrganization(manage, { id: second.organizationId, confirmation: 'Second' })
  expect(await of(second.mailServerId)).toEqual([])
  await removeIpPool(manage, { id: two })
})
