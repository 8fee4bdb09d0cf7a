import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WEBHOOK_EVENTS } from '../domain/webhook-events.ts'
import { findCredential, listCredentials } from '../store/credentials.ts'
import { findWebhook, listWebhooks } from '../store/webhooks.ts'
import { createCredential, credentialUse, revealCredentialKey, revokeCredential, updateCredentialSettings } from './credentials.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
import {
  createWebhook,
  finishWebhookRotation,
  removeWebhook,
  revealWebhookSecret,
  rotateWebhookSecret,
  updateWebhookSettings,
} from './webhooks.ts'

let fixture: ManageFixture
let acme: Tenant
let rival: Tenant
beforeAll(async () => {
  fixture = await createManageFixture()
  acme = await fixture.tenant('Acme')
  rival = await fixture.tenant('Rival')
})
afterAll(() => fixture[Symbol.asyncDispose]())

describe('credentials', () => {
  const api = () => ({ mailServerId: acme.mailServerId, type: 'api' as const, name: 'shop' })
  const ip = (network: string) => ({ mailServerId: acme.mailServerId, type: 'smtp_ip' as const, name: 'office', network })

  it('show a key of 24 characters once, and keep it only hashed and sealed', async () => {
    const { credential, key } = await createCredential(await acme.member('member'), api())
    expect(key).toMatch(/^[A-Za-z0-9]{24}$/)
    expect(credential.keyHint).toBe(key?.slice(0, 4))
    const stored = await findCredential(fixture.manage.db, credential.id)
    expect(stored?.keyHash).toEqual(Buffer.from(fixture.manage.vault.keyHash(key ?? '')))
    expect(stored?.keySealed?.includes(key ?? 'x')).toBe(false)
    expect(Object.keys((await listCredentials(fixture.manage.db, acme))[0] ?? {})).not.toContain('keySealed')
    expect(await revealCredentialKey(fixture.manage, credential)).toBe(key)
  })

  it.each([
    ['an empty name', { name: '' }, 'name'],
    ['a network where there is none', { network: '192.0.2.1' }, 'network'],
    ['no call in a minute', { callsPerMinute: 0 }, 'callsPerMinute'],
  ])('refuse %s and name the field', async (_, input, field) => {
    await expect(createCredential(fixture.manage, { ...api(), ...input })).rejects.toEqual(refusal('input.invalid', field))
  })

  it.each(['', 'anywhere', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0/24', '1', '0x7f000001', '10.0.0.0/7'])(
    'refuse the network %j',
    async (network) => {
      await expect(createCredential(fixture.manage, ip(network))).rejects.toEqual(refusal('input.invalid', 'network'))
    },
  )

  it('write networks in one form', async () => {
    const forms = []
    for (const network of [' 192.0.2.77/24 ', '198.51.100.1', '2001:DB8:0:0::5/64', '::ffff:203.0.113.9', '1.0.0.0/8'])
      forms.push((await createCredential(fixture.manage, ip(network))).credential.network)
    expect(forms).toEqual(['192.0.2.0/24', '198.51.100.1', '2001:db8::/64', '203.0.113.9', '1.0.0.0/8'])
    await expect(createCredential(fixture.manage, ip('192.0.2.1/24'))).rejects.toEqual(refusal('credential.taken', 'network'))
  })

  it('let only operators open wide networks', async () => {
    await expect(createCredential(await acme.member('owner'), ip('10.0.0.0/16'))).rejects.toEqual(refusal('input.invalid', 'network'))
    expect((await createCredential(await acme.member('owner'), ip('10.1.2.0/24'))).key).toBeNull()
  })

  it('are held, limited and revoked by members, and unknown to strangers', async () => {
    const { credential } = await createCredential(fixture.manage, api())
    const member = await acme.member('member')
    expect(await updateCredentialSettings(member, { id: credential.id, hold: true, callsPerMinute: 60 })).toMatchObject({
      hold: true,
      callsPerMinute: 60,
    })
    const stranger = await rival.member('owner')
    const reader = await acme.member('reader')
    await expect(revokeCredential(stranger, credential)).rejects.toEqual(refusal('credential.not_found'))
    await expect(revealCredentialKey(reader, credential)).rejects.toEqual(refusal('auth.forbidden'))
    await revokeCredential(member, credential)
    await expect(revokeCredential(member, credential)).rejects.toEqual(refusal('credential.not_found'))
  })

  it('are named by how long they have rested', () => {
    const now = new Date('2027-01-01')
    const daysAgo = (days: number) => credentialUse(new Date(now.getTime() - days * 86_400_000), now)
    expect([credentialUse(null, now), ...[1, 31, 200, 400].map(daysAgo)]).toEqual(['unused', 'active', 'quiet', 'dormant', 'inactive'])
  })
})

describe('webhooks', () => {
  const input = () => ({ mailServerId: acme.mailServerId, name: 'crm', url: 'https://crm.example/hook?key=1' })

  it('get a secret of Standard Webhooks, which is kept sealed', async () => {
    const { webhook, secret } = await createWebhook(fixture.manage, input())
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(webhook).toMatchObject({ allEvents: true, enabled: true, events: [] })
    expect(await revealWebhookSecret(fixture.manage, webhook)).toBe(secret)
    expect(Object.keys((await listWebhooks(fixture.manage.db, acme))[0] ?? {})).not.toContain('secretSealed')
  })

  it('want all events unless some are named', async () => {
    const { webhook } = await createWebhook(fixture.manage, { ...input(), events: ['MessageSent', 'MessageSent', 'MessageComplained'] })
    expect(webhook).toMatchObject({ allEvents: false, events: ['MessageSent', 'MessageComplained'] })
    const { id } = webhook
    await expect(updateWebhookSettings(fixture.manage, { id, events: [] })).rejects.toEqual(refusal('input.invalid', 'events'))
    expect(await updateWebhookSettings(fixture.manage, { id, events: [...WEBHOOK_EVENTS] })).toMatchObject({ events: [...WEBHOOK_EVENTS] })
  })

  it.each([
    ['an unknown event', { events: ['MessageSeen'] }, 'events'],
    ['no event at all', { allEvents: false }, 'events'],
    ['another scheme', { url: 'ftp://crm.example' }, 'url'],
    ['no URL', { url: 'crm.example' }, 'url'],
    ['a password in the URL', { url: 'https://a:b@crm.example' }, 'url'],
    ['an empty name', { name: '' }, 'name'],
  ])('refuse %s and name the field', async (_, wrong, field) => {
    await expect(createWebhook(fixture.manage, { ...input(), ...wrong })).rejects.toEqual(refusal('input.invalid', field))
  })

  it('keep the former secret beside the new one until the rotation is finished', async () => {
    const { webhook, secret } = await createWebhook(fixture.manage, input())
    const before = (await findWebhook(fixture.manage.db, webhook.id))?.secretSealed
    const rotated = await rotateWebhookSecret(fixture.manage, webhook)
    expect(rotated.secret).not.toBe(secret)
    expect((await findWebhook(fixture.manage.db, webhook.id))?.previousSecretSealed).toEqual(before)
    await finishWebhookRotation(fixture.manage, webhook)
    expect((await findWebhook(fixture.manage.db, webhook.id))?.previousSecretSealed).toBeNull()
  })

  it('do not exist for strangers, and are gone when deleted', async () => {
    const { webhook } = await createWebhook(fixture.manage, input())
    await expect(removeWebhook(await rival.member('owner'), webhook)).rejects.toEqual(refusal('webhook.not_found'))
    await expect(rotateWebhookSecret(await acme.member('reader'), webhook)).rejects.toEqual(refusal('auth.forbidden'))
    await removeWebhook(await acme.member('member'), webhook)
    expect(await findWebhook(fixture.manage.db, webhook.id)).toBeUndefined()
  })
})

it('writes no secret into the audit record', async () => {
  const { key } = await createCredential(fixture.manage, { mailServerId: acme.mailServerId, type: 'smtp', name: 'audited' })
  const { secret } = await createWebhook(fixture.manage, {
    mailServerId: acme.mailServerId,
    name: 'a',
    url: 'https://a.example/?token=hidden',
  })
  const [rows] = await fixture.manage.db.$client.query('SELECT * FROM audit_entries')
  const text = JSON.stringify(rows)
  for (const hidden of [key, secret, 'hidden']) expect(text).not.toContain(hidden)
})
