/** Routes and endpoints as their owners manage them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAuditEntries } from '../store/audit.ts'
import { type Endpoint, findRouteByAddress } from '../store/route-lookup.ts'
import { domains } from '../store/schema/tenants.ts'
import { createAddressEndpoint } from './address-endpoints.ts'
import { removeEndpoint } from './endpoints.ts'
import { createHttpEndpoint, updateHttpEndpointSettings } from './http-endpoints.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
import { getRoute, routeNamed, routesOf } from './route-list.ts'
import { createRoute, removeRoute, updateRouteSettings } from './routes.ts'
import { createSmtpEndpoint } from './smtp-endpoints.ts'

let fixture: ManageFixture
let tenant: Tenant
let other: Tenant
let domainId: number
let http: { endpointType: 'http'; endpointId: number }

beforeAll(async () => {
  fixture = await createManageFixture()
  tenant = await fixture.tenant('Acme')
  other = await fixture.tenant('Other')
  const { manage } = fixture
  domainId = manage.newId()
  const owner = { organizationId: tenant.organizationId, mailServerId: tenant.mailServerId }
  const proof = { uuid: 'u', verificationToken: 't', verifiedAt: manage.clock(), createdAt: manage.clock() }
  await manage.db.insert(domains).values({ id: domainId, name: 'acme.test', ...owner, ...proof })
  const { id } = await createHttpEndpoint(manage, { mailServerId: tenant.mailServerId, name: 'App', url: 'https://app.test/in' })
  http = { endpointType: 'http', endpointId: id }
})
afterAll(() => fixture[Symbol.asyncDispose]())

const at = () => ({ mailServerId: tenant.mailServerId })
const create = (input: object) =>
  createRoute(fixture.manage, { mailServerId: tenant.mailServerId, domainId, name: 'x', endpoint: http, ...input })

describe('a route', () => {
  it('is found by its address as soon as it is made, and leads to all its endpoints', async () => {
    const more = await createAddressEndpoint(fixture.manage, { mailServerId: tenant.mailServerId, address: 'Ana@Mailbox.test' })
    const additional = { endpointType: 'address', endpointId: more.id } as const
    const route = await create({ name: 'Help', additionalEndpoints: [additional] })
    expect(await findRouteByAddress(fixture.manage.db, 'help@acme.test')).toMatchObject({ id: route.id, endpoints: [http, additional] })
  })

  it.each([
    ['a name with a tag', { name: 'help+1' }, refusal('input.invalid', 'name')],
    ['an unknown mode', { mode: 'swallow' }, refusal('input.invalid', 'mode')],
    ['no endpoint', { endpoint: null }, refusal('input.invalid', 'endpoint')],
    ['no domain', { domainId: null }, refusal('input.invalid', 'domainId')],
    ['an endpoint that is not there', { endpoint: { endpointType: 'http', endpointId: 1 } }, refusal('endpoint.not_found')],
    [
      'a second endpoint in another mode',
      { mode: 'accept', additionalEndpoints: [{ endpointType: 'http', endpointId: 1 }] },
      refusal('input.invalid'),
    ],
    [
      'its endpoint twice',
      {
        get additionalEndpoints() {
          return [http]
        },
      },
      refusal('input.invalid', 'additionalEndpoints'),
    ],
  ])('is refused with %s', async (_what, input, expected) => {
    await expect(create(input)).rejects.toEqual(expected)
  })

  it('has its name alone', async () => {
    await create({ name: 'once' })
    await expect(create({ name: 'ONCE' })).rejects.toEqual(refusal('route.taken', 'name'))
  })

  it('has its address alone, though a mail server and its organization both have the domain, and two ask at once', async () => {
    const { manage } = fixture
    const shared = manage.newId()
    const owner = { organizationId: tenant.organizationId, mailServerId: null }
    const proof = { uuid: 'u2', verificationToken: 't', verifiedAt: manage.clock(), createdAt: manage.clock() }
    await manage.db.insert(domains).values({ id: shared, name: 'acme.test', ...owner, ...proof })
    const asked = await Promise.allSettled(
      [domainId, shared, domainId, shared].map((id) => create({ name: 'both', domainId: id, mode: 'accept', endpoint: null })),
    )
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const one of asked) if (one.status === 'rejected') expect(one.reason).toEqual(refusal('route.taken', 'name'))
    await create({ name: 'josé' })
    await create({ name: 'jose' })
  })

  it('keeps endpoint and mode in step, and drops a copy to what has become its own endpoint', async () => {
    const { id: secondId } = await createHttpEndpoint(fixture.manage, { ...at(), name: 'Second', url: 'https://second.test/in' })
    const second = { endpointType: 'http', endpointId: secondId } as const
    const { id, uuid } = await create({ name: 'steps', additionalEndpoints: [second] })
    const targets = async () => (await getRoute(fixture.manage, { ...at(), uuid })).targets.map(({ endpointId }) => endpointId)
    await updateRouteSettings(fixture.manage, { id, endpoint: second })
    expect(await targets()).toEqual([secondId])
    await updateRouteSettings(fixture.manage, { id, mode: 'hold' })
    expect(await targets()).toEqual([])
    await removeEndpoint(fixture.manage, { ...at(), type: 'http', id: secondId })
    expect(await getRoute(fixture.manage, { ...at(), uuid })).toMatchObject({ mode: 'hold' })
    expect(await updateRouteSettings(fixture.manage, { id, endpoint: http })).toMatchObject({ mode: 'endpoint', ...http })
    await expect(updateRouteSettings(fixture.manage, { id, mode: 'accept', endpoint: http })).rejects.toEqual(
      refusal('input.invalid', 'endpoint'),
    )
    await expect(updateRouteSettings(fixture.manage, { id, endpoint: null })).rejects.toEqual(refusal('input.invalid', 'endpoint'))
  })

  it('sends at most twenty copies, and a wildcard copies by HTTP alone', async () => {
    const many = await Promise.all(
      Array.from({ length: 21 }, (_, n) => createAddressEndpoint(fixture.manage, { ...at(), address: `copy${n}@mailbox.test` })),
    )
    const additionalEndpoints = many.map(({ id }) => ({ endpointType: 'address' as const, endpointId: id }))
    await expect(create({ name: 'many', additionalEndpoints })).rejects.toEqual(refusal('input.invalid', 'additionalEndpoints'))
    await create({ name: 'many', additionalEndpoints: additionalEndpoints.slice(1) })
    await expect(create({ name: '*', additionalEndpoints: additionalEndpoints.slice(0, 1) })).rejects.toEqual(
      refusal('input.invalid', 'additionalEndpoints'),
    )
  })

  it('is listed by parts of its address, by its domain and by where it leads, to readers too', async () => {
    const { id: endpointId } = await createHttpEndpoint(fixture.manage, { ...at(), name: 'Listed', url: 'https://listed.test/in' })
    const listed = { endpointType: 'http', endpointId } as const
    await create({ name: 'list_100%' })
    await create({ name: 'list-own', endpoint: listed })
    await create({ name: 'list-copy', additionalEndpoints: [listed] })
    const reader = await tenant.member('reader')
    const names = async (filter: object) => (await routesOf(reader, { ...at(), ...filter })).map(({ name }) => name)
    expect(await names({ search: 'list-' })).toEqual(['list-own', 'list-copy'])
    expect(await names({ search: '100%@acme' })).toEqual(['list_100%'])
    expect(await names({ search: '%' })).toEqual(['list_100%'])
    expect(await names({ endpoint: listed })).toEqual(['list-own', 'list-copy'])
    expect(await names({ domainId: 1 })).toEqual([])
    expect(await routeNamed(reader, tenant.mailServerId, 'List-Own@ACME.test')).toMatchObject({
      address: 'list-own@acme.test',
      forwardAddress: expect.stringMatching(/^[a-z0-9]{8}@routes\.host\.example$/i),
    })
    await expect(routesOf(await other.member('owner'), at())).rejects.toEqual(refusal('mail_server.not_found'))
  })

  it('for the return path is one for each mail server, and by HTTP', async () => {
    await create({ name: '__returnpath__', domainId: null })
    await expect(create({ name: '__returnpath__', domainId: null })).rejects.toEqual(refusal('route.taken', 'name'))
    await expect(create({ name: '__returnpath__', domainId: null, mode: 'accept' })).rejects.toEqual(refusal('input.invalid', 'endpoint'))
  })

  it('can be changed and removed, which is written down', async () => {
    const route = await create({ name: 'changing' })
    expect(await updateRouteSettings(fixture.manage, { id: route.id, mode: 'hold', spamMode: 'fail' })).toMatchObject({
      mode: 'hold',
      spamMode: 'fail',
    })
    await removeRoute(fixture.manage, { id: route.id })
    await expect(removeRoute(fixture.manage, { id: route.id })).rejects.toEqual(refusal('route.not_found'))
    expect(await fixture.audited()).toEqual(expect.arrayContaining(['route.created', 'route.updated', 'route.deleted', 'endpoint.created']))
  })

  it('of another tenant is not there', async () => {
    const route = await create({ name: 'private' })
    const stranger = await other.member('owner')
    await expect(updateRouteSettings(stranger, { id: route.id, mode: 'accept' })).rejects.toEqual(refusal('route.not_found'))
    await expect(createRoute(stranger, { mailServerId: other.mailServerId, domainId, name: 'mine', mode: 'accept' })).rejects.toEqual(
      refusal('input.invalid', 'domainId'),
    )
  })
})

describe('an endpoint', () => {
  it.each(['javascript:alert(1)', 'ftp://x.test', 'x'])('is refused with the URL %s', async (url) => {
    await expect(createHttpEndpoint(fixture.manage, { mailServerId: tenant.mailServerId, name: 'Bad', url })).rejects.toEqual(
      refusal('input.invalid', 'url'),
    )
  })

  it('waits five seconds to a minute', async () => {
    const change = (timeoutSeconds: number) =>
      updateHttpEndpointSettings(fixture.manage, { mailServerId: tenant.mailServerId, id: http.endpointId, timeoutSeconds })
    await expect(change(61)).rejects.toEqual(refusal('input.invalid', 'timeoutSeconds'))
    await change(60)
  })

  it('never shows the password it was given', async () => {
    const input = { mailServerId: tenant.mailServerId, name: 'Box', hostname: 'mail.acme.test', username: 'u', password: 'secret' }
    expect(JSON.stringify(await createSmtpEndpoint(fixture.manage, input))).not.toContain('secret')
  })

  it('that is removed makes its routes refuse mail', async () => {
    const { id } = await createHttpEndpoint(fixture.manage, { mailServerId: tenant.mailServerId, name: 'Old', url: 'https://old.test/' })
    await create({ name: 'old', endpoint: { endpointType: 'http', endpointId: id } })
    await removeEndpoint(fixture.manage, { mailServerId: tenant.mailServerId, type: 'http', id })
    expect(await findRouteByAddress(fixture.manage.db, 'old@acme.test')).toMatchObject({ mode: 'reject', endpoints: [] })
  })

  it('that is replaced leaves its place to the other, of any type, and nothing leads there twice', async () => {
    const { manage } = fixture
    const { id: oldId } = await createHttpEndpoint(manage, { ...at(), name: 'Old', url: 'https://old.test/' })
    const { id: newId } = await createAddressEndpoint(manage, { ...at(), address: 'new@mailbox.test' })
    const old = { endpointType: 'http', endpointId: oldId } as const
    const by = { endpointType: 'address', endpointId: newId } as const
    const named = ['own', 'own-copied', 'copied', 'both-copied', 'taken']
    await create({ name: named[0], endpoint: old })
    await create({ name: named[1], endpoint: old, additionalEndpoints: [by] })
    await create({ name: named[2], additionalEndpoints: [old] })
    await create({ name: named[3], additionalEndpoints: [by, old] })
    await create({ name: named[4], endpoint: by, additionalEndpoints: [old] })
    await removeEndpoint(manage, { ...at(), type: 'http', id: oldId, replaceBy: by })
    const leading = await Promise.all(named.map(async (name) => (await findRouteByAddress(manage.db, `${name}@acme.test`))?.endpoints))
    expect(leading).toEqual([[by], [by], [http, by], [http, by], [by]])
    const [entry] = await listAuditEntries(manage.db, { limit: 1 })
    expect(entry).toMatchObject({ action: 'endpoint.deleted', details: { type: 'http', replacedBy: { type: 'address', id: newId } } })
  })

  it('is not replaced by itself, by one that is gone or of another mail server, or where only HTTP may stand', async () => {
    const { manage } = fixture
    const { id } = await createHttpEndpoint(manage, { ...at(), name: 'Old', url: 'https://old.test/' })
    const foreign = await createHttpEndpoint(manage, { mailServerId: other.mailServerId, name: 'Theirs', url: 'https://their.test/' })
    const { id: addressId } = await createAddressEndpoint(manage, { ...at(), address: 'strict@mailbox.test' })
    const old = { endpointType: 'http', endpointId: id } as const
    const remove = (replaceBy: Endpoint) => removeEndpoint(manage, { ...at(), type: 'http', id, replaceBy })
    await expect(remove(old)).rejects.toEqual(refusal('input.invalid', 'replaceBy'))
    for (const endpointId of [1, foreign.id])
      await expect(remove({ endpointType: 'http', endpointId })).rejects.toEqual(refusal('endpoint.not_found', 'replaceBy'))

    const toAddress = { endpointType: 'address', endpointId: addressId } as const
    const wildcard = await create({ name: '*', additionalEndpoints: [old] })
    await expect(remove(toAddress)).rejects.toEqual(refusal('input.invalid', 'replaceBy'))
    await removeRoute(manage, wildcard)
    const returnPath = await routeNamed(manage, tenant.mailServerId, '__returnpath__')
    await updateRouteSettings(manage, { id: returnPath.id, endpoint: old })
    await expect(remove(toAddress)).rejects.toEqual(refusal('input.invalid', 'replaceBy'))
    await updateRouteSettings(manage, { id: returnPath.id, endpoint: http })
    await remove(toAddress)
  })
})
