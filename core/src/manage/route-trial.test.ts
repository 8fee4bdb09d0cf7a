/** What would happen to a mail, told without one, and only to whom the mail server belongs. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findMailServer } from '../store/mail-servers.ts'
import { createAddressEndpoint } from './address-endpoints.ts'
import { addDomain } from './domains.ts'
import { createHttpEndpoint } from './http-endpoints.ts'
import { updateMailServerSettings } from './mail-servers.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
import { tryAddress } from './route-trial.ts'
import { createRoute, type RouteView } from './routes.ts'

let fixture: ManageFixture
let tenant: Tenant
let other: Tenant
let help: RouteView

beforeAll(async () => {
  fixture = await createManageFixture()
  tenant = await fixture.tenant('Acme')
  other = await fixture.tenant('Other')
  const { manage } = fixture
  const { organizationId, mailServerId } = tenant
  const { id: domainId } = await addDomain(manage, { organizationId, mailServerId, name: 'acme.test', verified: true })
  const app = await createHttpEndpoint(manage, { mailServerId, name: 'App', url: 'https://app.test/in?key=hush' })
  const ana = await createAddressEndpoint(manage, { mailServerId, address: 'ana@mailbox.test' })
  const endpoint = { endpointType: 'http', endpointId: app.id } as const
  const additionalEndpoints = [{ endpointType: 'address', endpointId: ana.id }] as const
  help = await createRoute(manage, { mailServerId, domainId, name: 'help', endpoint, additionalEndpoints, spamMode: 'quarantine' })
  await createRoute(manage, { mailServerId, domainId, name: 'no', mode: 'reject' })
  await createRoute(manage, { mailServerId, domainId, name: '*', mode: 'accept' })
  const foreign = await addDomain(manage, { ...other, name: 'other.test', verified: true })
  await createRoute(manage, { mailServerId: other.mailServerId, domainId: foreign.id, name: '*', mode: 'accept' })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const trial = async (address: string, manage = fixture.manage) => tryAddress(manage, { mailServerId: tenant.mailServerId, address })

it('follows an address with a tag to its route and its endpoints, without their secrets', async () => {
  const { outcome, route, steps } = await trial(' HELP+7@acme.test ', await tenant.member('reader'))
  expect([outcome, route?.id]).toEqual(['accepted', help.id])
  expect(steps).toEqual([
    'The MX records of acme.test have not been looked up yet, so mail from outside may go elsewhere.',
    'It comes to the route help@acme.test.',
    'Spam is held until somebody decides.',
    'It is handed to App, and a copy to ana@mailbox.test.',
  ])
})

it('knows the wildcard, tokens, the return path and what nobody takes', async () => {
  expect((await trial('anything@acme.test')).steps).toContain(
    'It comes to the route *@acme.test, as no other route of the domain has that name.',
  )
  expect((await trial(`${help.token}+5@routes.host.example`)).steps).toContain('It is stored as mail for help+5@acme.test.')
  expect((await trial('xxxxxxxx@routes.host.example')).steps).toContain('The server answers 550 Invalid route token.')
  expect(await trial('no@acme.test')).toMatchObject({ outcome: 'refused', route: { address: 'no@acme.test' } })
  expect((await trial('help@nowhere.test')).steps).toEqual([
    'No route is named help@nowhere.test, and there is no *@nowhere.test either.',
    'The server answers 530 Authentication required.',
  ])
  const mailServer = await findMailServer(fixture.manage.db, { id: tenant.mailServerId })
  expect(await trial(`${mailServer?.token}@rp.host.example`)).toMatchObject({ outcome: 'accepted', route: null })
})

it('says nothing of routes of others, and nothing to strangers', async () => {
  const { outcome, route, steps } = await trial('x@other.test')
  expect([outcome, route, steps.join(' ').includes('other.test')]).toEqual(['elsewhere', null, false])
  await expect(trial('help@acme.test', await other.member('owner'))).rejects.toEqual(refusal('mail_server.not_found'))
})

it.each(['help', '@acme.test', 'a b@acme.test', ''])('refuses %j', async (address) => {
  await expect(trial(address)).rejects.toEqual(refusal('input.invalid', 'address'))
})

it('says that a mail server in development mode holds it', async () => {
  await updateMailServerSettings(fixture.manage, { id: tenant.mailServerId, mode: 'development' })
  expect((await trial('help@acme.test')).steps).toContain('The mail server is in development mode: it is held until somebody releases it.')
})
