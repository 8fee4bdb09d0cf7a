/** Routes and endpoints as their owners manage them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findRouteByAddress } from '../store/route-lookup.ts'
import { domains } from '../store/schema/tenants.ts'
import { createAddressEndpoint } from './address-endpoints.ts'
import { removeEndpoint } from './endpoints.ts'
import { createHttpEndpoint, updateHttpEndpointSettings } from './http-endpoints.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
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
})
