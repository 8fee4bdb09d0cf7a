/** Endpoints of all types as their owners edit them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealContext } from '../domain/seals.ts'
import { listAuditEntries } from '../store/audit.ts'
import { findSmtpEndpoint } from '../store/endpoints.ts'
import { createAddressEndpoint, updateAddressEndpointSettings } from './address-endpoints.ts'
import { endpointsOf } from './endpoint-list.ts'
import { finishHttpEndpointRotation, revealHttpEndpointSecret, rotateHttpEndpointSecret } from './http-endpoint-secrets.ts'
import { createHttpEndpoint, updateHttpEndpointSettings } from './http-endpoints.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
import { createSmtpEndpoint, updateSmtpEndpointSettings } from './smtp-endpoints.ts'

let fixture: ManageFixture
let tenant: Tenant
let other: Tenant
let named: { mailServerId: number; id: number }

beforeAll(async () => {
  fixture = await createManageFixture()
  tenant = await fixture.tenant('Acme')
  other = await fixture.tenant('Other')
})
afterAll(() => fixture[Symbol.asyncDispose]())

const password = async () => {
  const row = await findSmtpEndpoint(fixture.manage.db, named)
  const sealed = row?.passwordSealed
  return sealed && Buffer.from(fixture.manage.vault.unseal(sealed, sealContext.smtpEndpointPassword(named.id))).toString()
}
const smtp = () => findSmtpEndpoint(fixture.manage.db, named)
const edit = (input: object) => updateSmtpEndpointSettings(fixture.manage, { ...named, ...input })
const lastEntry = async () => (await listAuditEntries(fixture.manage.db, { limit: 1 }))[0]

describe('an SMTP endpoint', () => {
  beforeAll(async () => {
    const { mailServerId } = tenant
    const input = { mailServerId, name: 'Box', hostname: 'mail.acme.test', username: 'shop', password: 'first', tlsMode: 'starttls' }
    const { id } = await createSmtpEndpoint(fixture.manage, input)
    named = { mailServerId, id }
  })

  it('takes another name and protocol, and keeps its password', async () => {
    await edit({ name: 'Store', protocol: 'lmtp' })
    expect(await smtp()).toMatchObject({ name: 'Store', protocol: 'lmtp', hostname: 'mail.acme.test', port: null, username: 'shop' })
    expect(await password()).toBe('first')
    expect(await lastEntry()).toMatchObject({ action: 'endpoint.updated', details: { type: 'smtp', changed: ['name', 'protocol'] } })
  })

  it.each([{ hostname: 'evil.test' }, { port: 2525 }, { tlsMode: 'none' }, { username: 'other' }])(
    'does not send the password it keeps elsewhere or in another way: %j',
    async (changed) => {
      const before = await smtp()
      await expect(edit(changed)).rejects.toEqual(refusal('input.invalid', 'password'))
      expect(await smtp()).toEqual(before)
    },
  )

  it('goes elsewhere for whoever gives the password, which the audit does not show', async () => {
    await edit({ hostname: 'Store.ACME.test', port: 2424, username: 'store', password: 'second-secret' })
    expect(await smtp()).toMatchObject({ hostname: 'store.acme.test', port: 2424, username: 'store' })
    expect(await password()).toBe('second-secret')
    expect(await lastEntry()).toMatchObject({ details: { changed: ['hostname', 'port', 'username', 'password'] } })
    expect(JSON.stringify(await listAuditEntries(fixture.manage.db, { limit: 50 }))).not.toContain('second-secret')
    expect(JSON.stringify(await endpointsOf(fixture.manage, named.mailServerId))).not.toMatch(/passwordSealed/)
  })

  it('logs in no more, forgets the password, and then goes anywhere', async () => {
    await edit({ username: null })
    expect(await smtp()).toMatchObject({ username: null, passwordSealed: null })
    await edit({ hostname: 'new.acme.test', port: null })
    expect(await smtp()).toMatchObject({ hostname: 'new.acme.test', port: null })
    await expect(edit({ username: 'alone' })).rejects.toEqual(refusal('input.invalid', 'password'))
    await expect(edit({ password: 'alone' })).rejects.toEqual(refusal('input.invalid', 'password'))
  })

  it.each([
    ['hostname', { hostname: 'a b' }],
    ['port', { port: 70_000 }],
    ['protocol', { protocol: 'uucp' }],
    ['tlsMode', { tlsMode: 'maybe' }],
    ['name', { name: ' ' }],
  ])('is refused with a wrong %s', async (field, input) => {
    await expect(edit(input)).rejects.toEqual(refusal('input.invalid', field))
  })
})

describe('an address endpoint', () => {
  it('takes another address, once', async () => {
    const { mailServerId } = tenant
    const { id } = await createAddressEndpoint(fixture.manage, { mailServerId, address: 'ana@a.test' })
    await createAddressEndpoint(fixture.manage, { mailServerId, address: 'bob@a.test' })
    const change = (address: string) => updateAddressEndpointSettings(fixture.manage, { mailServerId, id, address })
    await expect(change('BOB@a.test')).rejects.toEqual(refusal('endpoint.taken', 'address'))
    await expect(change('nobody')).rejects.toEqual(refusal('input.invalid', 'address'))
    await change('Eva@A.test')
    expect(await lastEntry()).toMatchObject({ action: 'endpoint.updated', details: { from: 'ana@a.test', to: 'eva@a.test' } })
    await change('eva@a.test')
  })
})

describe('the secret of an HTTP endpoint', () => {
  const listed = async (id: number) => (await endpointsOf(fixture.manage, tenant.mailServerId)).find((endpoint) => endpoint.id === id)

  it('is made with it, shown to whoever may, and replaced while the former one signs too', async () => {
    const { mailServerId } = tenant
    const { id, secret } = await createHttpEndpoint(fixture.manage, { mailServerId, name: 'App', url: 'https://app.test/' })
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const at = { mailServerId, id }
    expect(await revealHttpEndpointSecret(fixture.manage, at)).toBe(secret)
    expect(await lastEntry()).toMatchObject({ action: 'endpoint.secret_revealed' })
    const next = await rotateHttpEndpointSecret(fixture.manage, at)
    expect(next).not.toBe(secret)
    expect(await listed(id)).toMatchObject({ secrets: 2 })
    await finishHttpEndpointRotation(fixture.manage, at)
    expect(await listed(id)).toMatchObject({ secrets: 1 })
    expect(await revealHttpEndpointSecret(fixture.manage, at)).toBe(next)
    expect(JSON.stringify(await endpointsOf(fixture.manage, mailServerId))).not.toContain('Sealed')
  })

  it('is needed before the signatures of Postal may go', async () => {
    const { mailServerId } = tenant
    const { id } = await createHttpEndpoint(fixture.manage, { mailServerId, name: 'Old', url: 'https://old.test/' })
    await fixture.database.db.$client.query('UPDATE http_endpoints SET secret_sealed = NULL WHERE id = ?', [id])
    const at = { mailServerId, id }
    await expect(revealHttpEndpointSecret(fixture.manage, at)).rejects.toEqual(refusal('endpoint.no_secret'))
    const off = () => updateHttpEndpointSettings(fixture.manage, { ...at, postalSignatures: false })
    await expect(off()).rejects.toEqual(refusal('input.invalid', 'postalSignatures'))
    await rotateHttpEndpointSecret(fixture.manage, at)
    expect(await listed(id)).toMatchObject({ secrets: 1 })
    await off()
    expect(await listed(id)).toMatchObject({ postalSignatures: false })
  })

  it('is not for readers, nor for other tenants', async () => {
    const { mailServerId } = tenant
    const { id } = await createHttpEndpoint(fixture.manage, { mailServerId, name: 'Mine', url: 'https://mine.test/' })
    for (const verb of [revealHttpEndpointSecret, rotateHttpEndpointSecret, finishHttpEndpointRotation]) {
      await expect(verb(await tenant.member('reader'), { mailServerId, id })).rejects.toEqual(refusal('auth.forbidden'))
      const stranger = await other.member('owner')
      await expect(verb(stranger, { mailServerId: other.mailServerId, id })).rejects.toEqual(refusal('endpoint.not_found'))
    }
  })
})

it('is not there for other tenants, and not to be changed by readers', async () => {
  const { mailServerId } = tenant
  const http = await createHttpEndpoint(fixture.manage, { mailServerId, name: 'App', url: 'https://app.test/' })
  const address = await createAddressEndpoint(fixture.manage, { mailServerId, address: 'kim@a.test' })
  const stranger = await other.member('owner')
  const reader = await tenant.member('reader')
  for (const [who, at, code] of [
    [stranger, mailServerId, 'mail_server.not_found'],
    [stranger, other.mailServerId, 'endpoint.not_found'],
    [reader, mailServerId, 'auth.forbidden'],
  ] as const) {
    const attempts = [
      () => updateHttpEndpointSettings(who, { mailServerId: at, id: http.id, name: 'Mine' }),
      () => updateSmtpEndpointSettings(who, { ...named, mailServerId: at, name: 'Mine' }),
      () => updateAddressEndpointSettings(who, { mailServerId: at, id: address.id, address: 'x@x.test' }),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toEqual(refusal(code))
  }
})
