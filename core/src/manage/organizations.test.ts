import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findMailServer } from '../store/mail-servers.ts'
import { findOrganization, listOrganizations } from '../store/organizations.ts'
import { createMailServer, deleteMailServer, suspendMailServer, unsuspendMailServer, updateMailServerSettings } from './mail-servers.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
import { createOrganization, deleteOrganization, suspendOrganization, updateOrganizationSettings } from './organizations.ts'

let fixture: ManageFixture
let acme: Tenant
let rival: Tenant
beforeAll(async () => {
  fixture = await createManageFixture()
  acme = await fixture.tenant('Acme')
  rival = await fixture.tenant('Rival')
})
afterAll(() => fixture[Symbol.asyncDispose]())

describe('organizations', () => {
  it('get a permalink from their name, with a number when it is taken or reserved', async () => {
    const names = ['Übermut & Söhne', 'Übermut & Söhne', 'Admin', '日本']
    const made = []
    for (const name of names) made.push((await createOrganization(fixture.manage, { name })).permalink)
    expect(made).toEqual(['ubermut-sohne', 'ubermut-sohne-2', 'admin-2', 'organization'])
  })

  it.each([
    ['an empty name', { name: ' ' }, 'name'],
    ['a name with a line break', { name: 'a\nb' }, 'name'],
    ['a reserved permalink', { name: 'a', permalink: 'mail' }, 'permalink'],
    ['a permalink with capitals', { name: 'a', permalink: 'Acme' }, 'permalink'],
    ['an unknown time zone', { name: 'a', timeZone: 'Mars/Base' }, 'timeZone'],
  ])('refuse %s and name the field', async (_, input, field) => {
    await expect(createOrganization(fixture.manage, input)).rejects.toEqual(refusal('input.invalid', field))
  })

  it('refuse a permalink that is taken, also when two ask at once', async () => {
    const both = await Promise.allSettled([1, 2].map(() => createOrganization(fixture.manage, { name: 'Twin', permalink: 'twin' })))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'organization.taken', field: 'permalink' } })
  })

  it('are created and suspended by operators only', async () => {
    const owner = await acme.member('owner')
    await expect(createOrganization(owner, { name: 'x' })).rejects.toEqual(refusal('auth.forbidden'))
    await expect(suspendOrganization(owner, { id: acme.organizationId, reason: 'x' })).rejects.toEqual(refusal('auth.forbidden'))
  })

  it('are renamed by their admins, not by readers, and do not exist for strangers', async () => {
    const change = { id: acme.organizationId, name: 'Acme Ltd' }
    await expect(updateOrganizationSettings(await acme.member('reader'), change)).rejects.toEqual(refusal('auth.forbidden'))
    await expect(updateOrganizationSettings(await rival.member('owner'), change)).rejects.toEqual(refusal('organization.not_found'))
    expect(await updateOrganizationSettings(await acme.member('admin'), change)).toMatchObject({ name: 'Acme Ltd' })
  })

  it('are gone at once when deleted, with their mail servers, but only when named', async () => {
    const doomed = await fixture.tenant('Doomed')
    const remove = (confirmation: string) => deleteOrganization(fixture.manage, { id: doomed.organizationId, confirmation })
    await expect(remove('other')).rejects.toEqual(refusal('input.invalid', 'confirmation'))
    await remove(' doomed ')
    expect(await findOrganization(fixture.manage.db, { id: doomed.organizationId })).toBeUndefined()
    expect(await findMailServer(fixture.manage.db, { id: doomed.mailServerId })).toBeUndefined()
  })

  it('come in pages that neither repeat nor leave out', async () => {
    const all = await listOrganizations(fixture.manage.db)
    const first = await listOrganizations(fixture.manage.db, { limit: 2 })
    const rest = await listOrganizations(fixture.manage.db, { after: first.at(-1)?.id ?? 0 })
    expect([...first, ...rest]).toEqual(all)
  })
})

describe('mail servers', () => {
  it('start with a token of six letters and the configured thresholds', async () => {
    const made = await createMailServer(await acme.member('admin'), { organizationId: acme.organizationId, name: 'Bulk Mail' })
    expect(made).toMatchObject({ permalink: 'bulk-mail', mode: 'live', spamThreshold: 5, token: expect.stringMatching(/^[a-z]{6}$/) })
    expect(await findMailServer(fixture.manage.db, { id: made.id })).toEqual(made)
  })

  it('refuse a name that the organization has, in any case and also when two ask at once', async () => {
    const create = (name: string) =>
      createMailServer(fixture.manage, { organizationId: acme.organizationId, name, permalink: `p-${name.length}` })
    await expect(create('TRANSACTIONAL')).rejects.toEqual(refusal('mail_server.taken', 'name'))
    const both = await Promise.allSettled(['Twin', 'twin'].map(create))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('may bear the same name in another organization', async () => {
    const twin = { name: 'Transactional 2', permalink: 'second' }
    await createMailServer(fixture.manage, { organizationId: acme.organizationId, ...twin })
    await expect(createMailServer(fixture.manage, { organizationId: rival.organizationId, ...twin })).resolves.toMatchObject(twin)
  })

  it.each([
    ['a reserved permalink', { permalink: 'stats' }, 'permalink'],
    ['a send limit of nothing', { sendLimit: 0 }, 'sendLimit'],
    ['days that are no number', { messageRetentionDays: Number.NaN }, 'messageRetentionDays'],
    ['a postmaster without a domain', { postmasterAddress: 'root' }, 'postmasterAddress'],
  ])('refuse %s and name the field', async (_, settings, field) => {
    const input = { organizationId: acme.organizationId, name: 'Refused', ...settings }
    await expect(createMailServer(fixture.manage, input)).rejects.toEqual(refusal('input.invalid', field))
  })

  it('let members change what is theirs, and operators lift every limit', async () => {
    const id = acme.mailServerId
    const member = await acme.member('member')
    expect(await updateMailServerSettings(member, { id, mode: 'development', postmasterAddress: '' })).toMatchObject({
      mode: 'development',
    })
    await expect(updateMailServerSettings(member, { id, sendLimit: 10 })).rejects.toEqual(refusal('auth.forbidden', 'sendLimit'))
    const changed = await updateMailServerSettings(fixture.manage, { id, messageRetentionDays: null })
    expect(await findMailServer(fixture.manage.db, { id })).toEqual(changed)
  })

  it('do not exist for strangers, nor for a credential of another mail server', async () => {
    const stranger = await rival.member('owner')
    const credential = fixture.as({ type: 'credential', id: 1, mailServerId: rival.mailServerId, ipAddress: null })
    for (const actor of [stranger, credential])
      await expect(updateMailServerSettings(actor, { id: acme.mailServerId, name: 'x' })).rejects.toEqual(refusal('mail_server.not_found'))
  })

  it('are suspended with a reason, and back again', async () => {
    const id = acme.mailServerId
    await expect(suspendMailServer(fixture.manage, { id, reason: '' })).rejects.toEqual(refusal('input.invalid', 'reason'))
    await suspendMailServer(fixture.manage, { id, reason: 'spam' })
    expect(await findMailServer(fixture.manage.db, { id })).toMatchObject({ suspensionReason: 'spam', suspendedAt: expect.any(Date) })
    await unsuspendMailServer(fixture.manage, { id })
    expect(await findMailServer(fixture.manage.db, { id })).toMatchObject({ suspensionReason: null, suspendedAt: null })
  })

  it('are deleted by admins', async () => {
    const { id, name } = await createMailServer(fixture.manage, { organizationId: acme.organizationId, name: 'Old' })
    await expect(deleteMailServer(await acme.member('member'), { id, confirmation: name })).rejects.toEqual(refusal('auth.forbidden'))
    await deleteMailServer(await acme.member('admin'), { id, confirmation: name })
    expect(await findMailServer(fixture.manage.db, { id })).toBeUndefined()
  })
})

it('writes down each change with who did it and from where, and nothing for a refusal', async () => {
  const tenant = await fixture.tenant('Audited')
  const admin = await tenant.member('admin')
  const before = (await fixture.audited()).length
  await expect(updateOrganizationSettings(admin, { id: tenant.organizationId, name: '' })).rejects.toThrow()
  await updateOrganizationSettings(admin, { id: tenant.organizationId, timeZone: 'Europe/Berlin' })
  expect((await fixture.audited()).slice(before)).toEqual(['organization.updated'])
})
