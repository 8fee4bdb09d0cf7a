import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealContext } from '../domain/seals.ts'
import { findDomain, findDomainOf, listLiveDkimKeys } from '../store/domains.ts'
import { rotateDkim } from './dkim.ts'
import { checkDomain } from './domain-check.ts'
import { type DnsRecord, domainRecords } from './domain-records.ts'
import { addDomain, approveDomain, removeDomain, verifyDomain } from './domains.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
import { approveTrackingDomain, checkTrackingDomain, createTrackingDomain, updateTrackingDomainSettings } from './tracking-domains.ts'

let fixture: ManageFixture
let acme: Tenant
let rival: Tenant
beforeAll(async () => {
  fixture = await createManageFixture()
  acme = await fixture.tenant('Acme')
  rival = await fixture.tenant('Rival')
})
afterAll(() => fixture[Symbol.asyncDispose]())

const own = (name: string) => ({ organizationId: acme.organizationId, mailServerId: acme.mailServerId, name })

describe('adding', () => {
  it('normalises what people type, and makes an RSA and an Ed25519 key with selectors of their own', async () => {
    const domain = await addDomain(fixture.manage, own(' Bücher.Example. '))
    expect(domain).toMatchObject({ name: 'xn--bcher-kva.example', verifiedAt: fixture.manage.clock() })
    const keys = await listLiveDkimKeys(fixture.manage.db, domain.id)
    expect(keys.map((key) => key.algorithm).sort()).toEqual(['ed25519-sha256', 'rsa-sha256'])
    expect(new Set(keys.map((key) => key.selector)).size).toBe(2)
    for (const key of keys) {
      expect(key.selector).toMatch(/^postal-[a-z]{6}$/)
      expect(() => fixture.manage.vault.unseal(key.privateKeySealed, sealContext.dkimPrivateKey(key.id))).not.toThrow()
    }
  })

  it.each(['', 'localhost', 'co.uk', 'a_b.example', '192.0.2.1', '[192.0.2.1]', '-a.example', 'a..example'])('refuses %j', async (name) => {
    await expect(addDomain(fixture.manage, own(name))).rejects.toEqual(refusal('input.invalid', 'name'))
  })

  it('refuses what its owner has already, also when two ask at once, but not another owner', async () => {
    const both = await Promise.allSettled([1, 2].map(() => addDomain(fixture.manage, own('twice.example'))))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'domain.taken', field: 'name' } })
    await addDomain(fixture.manage, { organizationId: acme.organizationId, mailServerId: null, name: 'twice.example' })
    await addDomain(fixture.manage, { organizationId: rival.organizationId, mailServerId: rival.mailServerId, name: 'twice.example' })
  })

  it('is for members of the owner only', async () => {
    await expect(addDomain(await acme.member('reader'), own('x.example'))).rejects.toEqual(refusal('auth.forbidden'))
    await expect(addDomain(await rival.member('owner'), own('x.example'))).rejects.toEqual(refusal('mail_server.not_found'))
    const mixed = { ...own('x.example'), organizationId: rival.organizationId }
    await expect(addDomain(fixture.manage, mixed)).rejects.toEqual(refusal('mail_server.not_found'))
  })
})

describe('proving', () => {
  it('takes the TXT record of the owner, and nothing else', async () => {
    const member = await acme.member('member')
    const { id } = await addDomain(member, own('proof.example'))
    const proof = (await domainRecords(member, { id })).find(({ purpose }) => purpose === 'verification')?.value ?? ''
    fixture.dns.set({ 'proof.example': { TXT: ['v=spf1 -all', `${proof}x`] } })
    await expect(verifyDomain(member, { id })).rejects.toEqual(refusal('domain.unproven', 'name'))
    fixture.dns.set({ 'proof.example': { TXT: ['v=spf1 -all', proof] } })
    await verifyDomain(member, { id })
    expect(await findDomain(fixture.manage.db, id)).toMatchObject({ verifiedAt: expect.any(Date) })
  })

  it('does not give a domain to a second organization unless an operator says so', async () => {
    await addDomain(fixture.manage, own('claimed.example'))
    const member = await rival.member('member')
    const second = await addDomain(member, { organizationId: rival.organizationId, mailServerId: null, name: 'claimed.example' })
    fixture.dns.set({ 'claimed.example': { TXT: [`postal-verification ${second.verificationToken}`] } })
    await expect(verifyDomain(member, second)).rejects.toEqual(refusal('domain.taken', 'name'))
    await expect(approveDomain(member, second)).rejects.toEqual(refusal('auth.forbidden'))
    expect(await approveDomain(fixture.manage, second)).toMatchObject({ verifiedAt: expect.any(Date) })
  })
})

const publish = (records: readonly DnsRecord[]) => {
  for (const { type, name, value } of records) if (type === 'TXT') fixture.dns.set({ [name]: { TXT: [value] } })
}

describe('checking', () => {
  it('finds all that is missing in the words that Postal uses', async () => {
    const { id } = await addDomain(fixture.manage, own('bare.example'))
    const { domain, ok } = await checkDomain(fixture.manage, { id })
    const [rsa] = (await listLiveDkimKeys(fixture.manage.db, id)).filter((key) => key.algorithm === 'rsa-sha256')
    expect(ok).toBe(false)
    expect(domain).toMatchObject({
      spfStatus: 'missing',
      spfError: 'No SPF record exists for this domain',
      dkimStatus: 'missing',
      dkimError: `No TXT records were returned for ${rsa?.selector}._domainkey.bare.example`,
      mxStatus: 'missing',
      mxError: 'There are no MX records for bare.example',
      returnPathStatus: 'missing',
      returnPathError: 'There is no return path record at psrp.bare.example',
    })
  })

  it('is content with records that say the same in another form', async () => {
    const { id } = await addDomain(fixture.manage, own('fine.example'))
    const records = await domainRecords(fixture.manage, { id })
    for (const { name, value } of records.filter(({ purpose }) => purpose === 'dkim')) {
      const key = /p=([^;]+)/.exec(value)?.[1] ?? ''
      const split = `p=${key.slice(0, 20)} ${key.slice(20)}; h = sha256 ;k=${value.includes('ed25519') ? 'ed25519' : 'rsa'}; n=ours`
      fixture.dns.set({ [name]: { TXT: [split] } })
    }
    fixture.dns.set({
      'fine.example': {
        TXT: ['google=1', 'v=spf1 include:_spf.fine.example ~all'],
        MX: ['10 MX1.host.example.', '20 mx2.host.example.'],
      },
      '_spf.fine.example': { TXT: ['v=spf1 ip4:192.0.2.1 include:spf.host.example -all'] },
      'psrp.fine.example': { CNAME: 'RP.host.example' },
    })
    const { domain, ok, keys } = await checkDomain(fixture.manage, { id })
    expect(domain).toMatchObject({ spfStatus: 'ok', dkimStatus: 'ok', dkimError: null, mxStatus: 'ok', returnPathStatus: 'ok' })
    expect(ok).toBe(true)
    expect(keys.map(({ finding }) => finding.status)).toEqual(['ok', 'ok'])
  })

  it('says what is wrong', async () => {
    const { id } = await addDomain(fixture.manage, own('wrong.example'))
    const { publicKey } = generateKeyPairSync('ed25519')
    const other = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    for (const { name } of (await domainRecords(fixture.manage, { id })).filter(({ purpose }) => purpose === 'dkim'))
      fixture.dns.set({ [name]: { TXT: [`v=DKIM1; p=${other}`] } })
    fixture.dns.set({
      'wrong.example': { TXT: ['v=spf1 include:spf.host.example.evil.example -all'], MX: ['1 mx1.host.example.'] },
      'psrp.wrong.example': { CNAME: 'elsewhere.example' },
    })
    expect((await checkDomain(fixture.manage, { id })).domain).toMatchObject({
      spfError: "An SPF record exists but it doesn't include spf.host.example",
      dkimStatus: 'invalid',
      dkimError: expect.stringContaining('does not match the record we have provided'),
      mxError: 'MX record for mx2.host.example is missing and is required.',
      returnPathError:
        'There is a CNAME record at psrp.wrong.example but it points to elsewhere.example which is incorrect. It should point to rp.host.example.',
    })
  })

  it('keeps what it knew when no server answers', async () => {
    const { id } = await addDomain(fixture.manage, own('shaky.example'))
    publish(await domainRecords(fixture.manage, { id }))
    await checkDomain(fixture.manage, { id })
    fixture.dns.breakName('*', { kind: 'servfail' })
    const { domain, ok, changed } = await checkDomain(fixture.manage, { id })
    fixture.dns.heal('*')
    expect(domain).toMatchObject({ spfStatus: 'ok', dkimStatus: 'ok' })
    expect([ok, changed]).toEqual([true, false])
    const keys = await listLiveDkimKeys(fixture.manage.db, id)
    expect(keys.every((key) => key.publishedAt !== null)).toBe(true)
  })
})

it('lets old keys sign after a rotation until DNS has the new ones', async () => {
  const { id } = await addDomain(fixture.manage, own('rotate.example'))
  publish(await domainRecords(fixture.manage, { id }))
  await checkDomain(fixture.manage, { id })
  const old = (await listLiveDkimKeys(fixture.manage.db, id)).map((key) => key.id)

  fixture.passMs(1000)
  await rotateDkim(fixture.manage, { id })
  expect((await checkDomain(fixture.manage, { id })).domain.dkimStatus).toBe('ok')
  const signing = async () => (await listLiveDkimKeys(fixture.manage.db, id)).filter((key) => key.publishedAt !== null).map((key) => key.id)
  expect(await signing()).toEqual(old)

  publish(await domainRecords(fixture.manage, { id }))
  await checkDomain(fixture.manage, { id })
  expect(await signing()).toHaveLength(2)
  expect((await signing()).some((keyId) => old.includes(keyId))).toBe(false)
})

describe('tracking domains', () => {
  const create = (domainId: number, name = 'click') =>
    createTrackingDomain(fixture.manage, { mailServerId: acme.mailServerId, domainId, name })

  it('are in order with a CNAME to us, or with our addresses', async () => {
    fixture.dns.set({
      'track.host.example': { A: ['192.0.2.1', '192.0.2.2'] },
      'click.cname.example': { CNAME: 'track.host.example' },
      'click.flat.example': { A: ['192.0.2.2'] },
      'click.foreign.example': { A: ['192.0.2.2', '198.51.100.1'] },
    })
    const statuses = []
    for (const name of ['cname.example', 'flat.example', 'foreign.example', 'absent.example'])
      statuses.push((await create((await addDomain(fixture.manage, own(name))).id)).dnsStatus)
    expect(statuses).toEqual(['ok', 'ok', 'invalid', 'missing'])
  })

  it('are one for each domain, on a verified domain of ours, with a label for a name', async () => {
    const { id } = await addDomain(fixture.manage, own('tracked.example'))
    const pending = await addDomain(fixture.manage, { ...own('pending.example'), verified: false })
    const foreign = await addDomain(fixture.manage, { organizationId: rival.organizationId, mailServerId: null, name: 'foreign2.example' })
    await create(id)
    await expect(create(id, 'go')).rejects.toEqual(refusal('tracking_domain.taken', 'domainId'))
    await expect(create(pending.id)).rejects.toEqual(refusal('domain.not_verified', 'domainId'))
    await expect(create(foreign.id)).rejects.toEqual(refusal('domain.not_found', 'domainId'))
    await expect(create(id, 'a.b')).rejects.toEqual(refusal('input.invalid', 'name'))
  })

  it('can be vouched for by an operator, until the next check', async () => {
    const { id: domainId } = await addDomain(fixture.manage, own('laptop.example'))
    const { id, host } = await createTrackingDomain(fixture.manage, {
      mailServerId: acme.mailServerId,
      domainId,
      name: 'click',
      port: 8787,
      tls: false,
    })
    expect(host).toBe('click.laptop.example:8787')
    await expect(approveTrackingDomain(await acme.member('owner'), { id })).rejects.toEqual(refusal('auth.forbidden'))
    expect(await approveTrackingDomain(fixture.manage, { id })).toMatchObject({ dnsStatus: 'ok' })
    expect(await checkTrackingDomain(fixture.manage, { id })).toMatchObject({ dnsStatus: 'missing' })
  })

  it('take exclusions in any layout, and name what is no host', async () => {
    const { id: domainId } = await addDomain(fixture.manage, own('excluded.example'))
    const { id } = await create(domainId)
    const set = (excludedClickDomains: string) => updateTrackingDomainSettings(fixture.manage, { id, excludedClickDomains })
    expect(await set('A.example, *.b.example\n\na.example')).toMatchObject({ excludedClickDomains: 'a.example\n*.b.example' })
    await expect(set('https://a.example')).rejects.toEqual(refusal('input.invalid', 'excludedClickDomains'))
    await expect(updateTrackingDomainSettings(await rival.member('owner'), { id, tls: false })).rejects.toEqual(
      refusal('tracking_domain.not_found'),
    )
  })
})

it('removes a domain with its keys, for its owner only', async () => {
  const { id, name } = await addDomain(fixture.manage, own('gone.example'))
  await expect(removeDomain(await rival.member('owner'), { id })).rejects.toEqual(refusal('domain.not_found'))
  await removeDomain(await acme.member('member'), { id })
  expect(await findDomainOf(fixture.manage.db, own(name), { name })).toBeUndefined()
  expect(await listLiveDkimKeys(fixture.manage.db, id)).toEqual([])
})
