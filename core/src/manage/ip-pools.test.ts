/** IP pools and their addresses: kept by operators, with errors that name the field. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { noteDeferral, takeBudget } from '../store/warm-up.ts'
import { putWorkerAddresses, removeWorkerAddresses } from '../store/worker-addresses.ts'
import { statesOf } from './ip-address-states.ts'
import {
  addIpAddress,
  getIpAddress,
  ipAddressesOf,
  removeIpAddress,
  startWarmUp,
  stopWarmUp,
  updateIpAddressSettings,
} from './ip-addresses.ts'
import { addIpPoolRule, chooseIpPool } from './ip-pool-rules.ts'
import { createIpPool, getIpPool, giveIpPool, ipPoolsOf, removeIpPool, takeIpPool, updateIpPoolSettings } from './ip-pools.ts'
import { createMailServer } from './mail-servers.ts'
import { createManageFixture, type ManageFixture, refusal } from './manage.fixture.ts'
import { createOrganization } from './organizations.ts'

const DAY_MS = 86_400_000
let fixture: ManageFixture
beforeAll(async () => {
  fixture = await createManageFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

let last = 0
const nextIp = () => {
  last += 1
  return `192.0.2.${last}`
}
const pool = (name = `Pool ${fixture.manage.newId()}`) => createIpPool(fixture.manage, { name })

it('are created, renamed, listed and removed, each with an audit entry', async () => {
  const { manage } = fixture
  const made = await createIpPool(manage, { name: '  Transactional ' })
  expect(made).toMatchObject({ name: 'Transactional', isDefault: false })
  await expect(createIpPool(manage, { name: 'transactional' })).rejects.toEqual(refusal('ip_pool.taken', 'name'))
  await expect(createIpPool(manage, { name: ' ' })).rejects.toEqual(refusal('input.invalid', 'name'))
  expect(await updateIpPoolSettings(manage, { id: made.id, name: 'TRANSACTIONAL' })).toMatchObject({ name: 'TRANSACTIONAL' })
  expect(await getIpPool(manage, { uuid: made.uuid })).toMatchObject({ name: 'TRANSACTIONAL' })
  await removeIpPool(manage, made)
  expect(await ipPoolsOf(manage)).not.toContainEqual(expect.objectContaining({ id: made.id }))
  await expect(removeIpPool(manage, made)).rejects.toEqual(refusal('ip_pool.not_found'))
  expect(await fixture.audited()).toEqual(expect.arrayContaining(['ip_pool.created', 'ip_pool.updated', 'ip_pool.deleted']))
})

it('that are the default are one at a time, and given to new organizations and their mail servers', async () => {
  const { manage } = fixture
  const first = await createIpPool(manage, { name: 'First', isDefault: true })
  const second = await createIpPool(manage, { name: 'Second', isDefault: true })
  expect((await ipPoolsOf(manage)).filter(({ isDefault }) => isDefault).map(({ name }) => name)).toEqual(['Second'])
  const { id: organizationId } = await createOrganization(manage, { name: 'New' })
  expect(await ipPoolsOf(manage, { organizationId })).toEqual([expect.objectContaining({ id: second.id })])
  const mailServer = await createMailServer(manage, { organizationId, name: 'Shop' })
  expect(mailServer.ipPoolId).toBe(second.id)
  await expect(removeIpPool(manage, second)).rejects.toEqual(refusal('ip_pool.in_use'))
  await expect(takeIpPool(manage, { ipPoolId: second.id, organizationId })).rejects.toEqual(refusal('ip_pool.in_use'))
  await chooseIpPool(manage, { mailServerId: mailServer.id, ipPoolId: null })
  await updateIpPoolSettings(manage, { id: second.id, isDefault: false })
  expect((await createMailServer(manage, { organizationId, name: 'Other' })).ipPoolId).toBeNull()
  await takeIpPool(manage, { ipPoolId: second.id, organizationId })
  for (const one of [first, second]) await removeIpPool(manage, one)
})

it('stay while they have addresses, or mail servers or rules use them', async () => {
  const { manage } = fixture
  const { organizationId } = await fixture.tenant('User')
  const used = await pool()
  const address = await addIpAddress(manage, { ipPoolId: used.id, ipv4: nextIp(), hostname: 'mta.example.com' })
  await giveIpPool(manage, { ipPoolId: used.id, organizationId })
  await addIpPoolRule(manage, { organizationId, ipPoolId: used.id, to: ['example.net'] })
  await expect(removeIpPool(manage, used)).rejects.toThrow('still has 1 address and 1 rule')
  await removeIpAddress(manage, address)
  await expect(removeIpPool(manage, used)).rejects.toThrow('still has 1 rule;')
})

it('have addresses, each once, that say what they greet with', async () => {
  const { manage } = fixture
  const { id: ipPoolId } = await pool()
  const other = await pool()
  const ipv4 = nextIp()
  const added = await addIpAddress(manage, { ipPoolId, ipv4: ` ${ipv4} `, ipv6: '2001:DB8:0:0::0025', hostname: 'MTA1.Example.com' })
  expect(added).toMatchObject({ ipv4, ipv6: '2001:db8::25', hostname: 'mta1.example.com', priority: 100, warmupStartedAt: null })
  const again = { ipPoolId: other.id, hostname: 'mta2.example.com' }
  await expect(addIpAddress(manage, { ...again, ipv4 })).rejects.toEqual(refusal('ip_address.taken', 'ipv4'))
  await expect(addIpAddress(manage, { ...again, ipv4: nextIp(), ipv6: '2001:db8::25' })).rejects.toEqual(
    refusal('ip_address.taken', 'ipv6'),
  )
  const changed = await updateIpAddressSettings(manage, { id: added.id, ipPoolId: other.id, ipv6: '', priority: 0 })
  expect(changed).toMatchObject({ ipPoolId: other.id, ipv6: null, priority: 0 })
  expect(await ipAddressesOf(manage, [other.id])).toEqual([changed])
  expect(await getIpAddress(manage, { ipv4 })).toEqual(changed)
  await removeIpAddress(manage, added)
  await expect(getIpAddress(manage, { ipv4 })).rejects.toEqual(refusal('ip_address.not_found'))
})

it.each([
  ['ipv4', { ipv4: '192.0.2' }],
  ['ipv4', { ipv4: '0.0.0.0' }],
  ['ipv4', { ipv4: '2001:db8::1' }],
  ['ipv6', { ipv6: '192.0.2.1' }],
  ['ipv6', { ipv6: 'fe80::1' }],
  ['ipv6', { ipv6: '::ffff:192.0.2.1' }],
  ['hostname', { hostname: 'mta1' }],
  ['hostname', { hostname: 'two words.example' }],
  ['priority', { priority: 101 }],
  ['priority', { priority: 1.5 }],
])('refuse an address with a wrong %s', async (field, wrong) => {
  const { manage } = fixture
  const { id: ipPoolId } = await pool()
  const right = { ipPoolId, ipv4: '198.51.100.1', hostname: 'mta.example.com' }
  await expect(addIpAddress(manage, { ...right, ...wrong })).rejects.toEqual(refusal('input.invalid', field))
  await expect(addIpAddress(manage, { ...right, ipPoolId: 4711 })).rejects.toEqual(refusal('ip_pool.not_found'))
})

it('tell how the warming of an address goes with each provider, and begin anew when it is started again', async () => {
  const { manage } = fixture
  const { id: ipPoolId } = await pool()
  const address = await addIpAddress(manage, { ipPoolId, ipv4: nextIp(), hostname: 'mta.example.com', warmUp: true })
  const place = () => ({ ipAddressId: address.id, provider: 'google', now: manage.clock() })
  for (let sent = 0; sent < 50; sent += 1) expect(await takeBudget(manage.db, place())).toBe(true)
  expect(await takeBudget(manage.db, place())).toBe(false)
  await takeBudget(manage.db, { ...place(), provider: 'yahoo' })
  await noteDeferral(manage.db, { ...place(), provider: 'yahoo' })
  const look = async () => (await statesOf(manage, [await getIpAddress(manage, address)]))[0]
  expect(await look()).toMatchObject({
    warmUp: {
      day: 1,
      providers: [
        { provider: 'google', budget: 50, used: 50, deferred: 0, warm: false },
        { provider: 'yahoo', budget: 50, used: 1, deferred: 1 },
      ],
    },
  })
  fixture.passMs(DAY_MS)
  expect((await look())?.warmUp).toMatchObject({
    day: 2,
    providers: [
      { provider: 'google', budget: 75, used: 0 },
      { provider: 'yahoo', budget: 50, used: 0, deferred: 0 },
    ],
  })
  await startWarmUp(manage, address)
  expect((await look())?.warmUp).toEqual({ day: 1, providers: [] })
  await stopWarmUp(manage, address)
  expect((await look())?.warmUp).toBeNull()
  await expect(stopWarmUp(manage, address)).rejects.toEqual(refusal('input.invalid', 'id'))
  expect(await fixture.audited()).toEqual(expect.arrayContaining(['ip_address.warm_up_started', 'ip_address.warm_up_stopped']))
})

it('tell which machines have an address, how fresh that is, and what is not known', async () => {
  const { manage, database } = fixture
  const { id: ipPoolId } = await pool()
  const address = await addIpAddress(manage, { ipPoolId, ipv4: nextIp(), ipv6: '2001:db8::7777', hostname: 'mta.example.com' })
  const look = async () => (await statesOf(manage, [address]))[0]
  expect(await look()).toMatchObject({ present: null, machines: [] })

  const says = (node: number, machine: string, ...addresses: string[]) =>
    putWorkerAddresses(database.db, node, { machine, addresses: new Set(addresses), seenAt: manage.clock() })
  await says(1, 'mta1', '127.0.0.1', address.ipv4)
  await says(2, 'mta2', '127.0.0.1')
  await says(3, 'mta3', address.ipv4, '2001:db8::7777')
  const seenAt = manage.clock()
  const mta1 = { machine: 'mta1', ipv4: true, ipv6: false, seenAt, silent: false }
  const mta3 = { machine: 'mta3', ipv4: true, ipv6: true, seenAt, silent: false }
  expect(await look()).toMatchObject({ present: { ipv4: true, ipv6: true }, machines: [mta1, mta3] })

  await removeWorkerAddresses(database.db, 1)
  expect((await look())?.machines).toEqual([mta3])
  fixture.passMs(130_000)
  await says(2, 'mta2', '127.0.0.1')
  expect(await look()).toMatchObject({ present: { ipv4: false, ipv6: false }, machines: [{ ...mta3, silent: true }] })
  for (const node of [2, 3]) await removeWorkerAddresses(database.db, node)
})

it('are nothing that the owner of an organization may change', async () => {
  const tenant = await fixture.tenant('Owned')
  const owner = await tenant.member('owner')
  const { id } = await pool()
  const forbidden = refusal('auth.forbidden')
  const address = { ipPoolId: id, ipv4: nextIp(), hostname: 'mta.example.com' }
  for (const attempt of [
    () => createIpPool(owner, { name: 'Mine' }),
    () => updateIpPoolSettings(owner, { id, name: 'Mine' }),
    () => removeIpPool(owner, { id }),
    () => getIpPool(owner, { id }),
    () => ipPoolsOf(owner),
    () => giveIpPool(owner, { ipPoolId: id, organizationId: tenant.organizationId }),
    () => takeIpPool(owner, { ipPoolId: id, organizationId: tenant.organizationId }),
    () => addIpAddress(owner, address),
    () => updateIpAddressSettings(owner, { id: 1, priority: 1 }),
    () => removeIpAddress(owner, { id: 1 }),
    () => startWarmUp(owner, { id: 1 }),
    () => stopWarmUp(owner, { id: 1 }),
    () => ipAddressesOf(owner),
  ])
    await expect(attempt()).rejects.toEqual(forbidden)
})
