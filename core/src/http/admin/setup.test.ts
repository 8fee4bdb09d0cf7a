/** Domains, credentials and webhooks: listed, made, shown and removed by those who may. */
import { type AdminSite, type AdminTenant, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let site: AdminSite
let acme: AdminTenant
let rival: AdminTenant
let member: Visitor
let reader: Visitor
let stranger: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  acme = await site.tenant('Acme')
  rival = await site.tenant('Rival')
  member = await visitorOf(site, { name: 'Mia Member', in: [acme, 'member'] })
  reader = await visitorOf(site, { name: 'Rita Reader', in: [acme, 'reader'] })
  stranger = await visitorOf(site, { name: 'Stan Stranger', in: [rival, 'owner'] })
}, 60_000)
afterAll(() => site[Symbol.asyncDispose]())

/** Nobody but members gets anything by these posts. */
async function onlyForMembers(paths: readonly string[], fields: Record<string, string> = {}): Promise<void> {
  for (const path of paths) {
    expect([path, (await reader.post(path, fields)).status]).toEqual([path, 403])
    expect([path, (await stranger.post(path, fields)).status]).toEqual([path, 404])
    expect([path, (await createVisitor(site.url).post(path, fields)).status]).toEqual([path, 403])
  }
}

describe('domains', () => {
  it('are added with the records to publish, and removed', async () => {
    const { location } = await member.post(`${acme.path}/domains`, { name: 'Mail.Acme-Shop.example.' })
    const page = await member.get(location ?? '')
    expect(page.body).toContain('Domain added.')
    expect(page.body).toContain('mail.acme-shop.example')
    expect(page.body).toMatch(/data-copy="postal-verification \w{32}"/)
    expect(page.body).toMatch(/data-copy="v=DKIM1; t=s; h=sha256; p=[^"]+"/)
    await onlyForMembers([`${location}/verification`, `${location}/removal`])
    expect((await stranger.get(location ?? '')).status).toBe(404)
    expect((await stranger.get((location ?? '').replace(acme.path, rival.path))).status).toBe(404)
    expect(await member.post(`${location}/removal`)).toMatchObject({ status: 303, location: `${acme.path}/domains` })
    expect((await member.get(location ?? '')).status).toBe(404)
  })

  it('that are no domains, or are there already, are refused beside the field', async () => {
    for (const name of ['', 'localhost', '<script>', 'acme.example']) {
      const { status, body } = await member.post(`${acme.path}/domains`, { name })
      expect([name, status]).toEqual([name, 422])
      expect(body).toContain('id="field-name-mistake"')
      expect(body).not.toContain('<script>')
    }
    await onlyForMembers([`${acme.path}/domains`], { name: 'new.example' })
  })
})

describe('credentials', () => {
  it('show their key when they are made and when asked, but never in the list', async () => {
    const made = await member.post(`${acme.path}/credentials`, { type: 'smtp', name: 'Checkout' })
    const [, key = ''] = /data-copy="(\w{24})"/.exec(made.body) ?? []
    expect({ status: made.status, cache: made.headers.get('cache-control') }).toEqual({ status: 201, cache: 'no-store' })
    expect(made.body).toContain('data-copy="acme/shop"')
    const { body } = await member.get(`${acme.path}/credentials`)
    expect(body).not.toContain(key)
    expect(body).toContain(`${key.slice(0, 4)}…`)
    const [, href = ''] = /action="([^"]+)\/key"/.exec(body) ?? []
    await onlyForMembers([`${href}/key`, `${href}/revocation`])
    expect((await member.post(`${href}/key`)).body).toContain(`data-copy="${key}"`)
    expect((await member.post(`${href}/revocation`)).status).toBe(303)
    expect((await member.post(`${href}/key`)).status).toBe(404)
  })

  it('that open the door to everybody are refused, with what was typed kept', async () => {
    const { status, body } = await member.post(`${acme.path}/credentials`, { type: 'smtp_ip', name: 'Office', network: '0.0.0.0/0' })
    expect(status).toBe(422)
    expect(body).toContain('value="0.0.0.0/0"')
    expect(body).toContain('id="field-network-mistake"')
    await onlyForMembers([`${acme.path}/credentials`], { type: 'api', name: 'x' })
  })
})

describe('webhooks', () => {
  it('are made with their secret, switched off and removed', async () => {
    const made = await member.post(`${acme.path}/webhooks`, {
      name: 'Orders',
      url: 'https://hooks.acme.example/x?key=1',
      events: 'MessageSent',
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatch(/data-copy="whsec_[^"]+"/)
    const { body } = await member.get(`${acme.path}/webhooks`)
    expect(body).toContain('https://hooks.acme.example/x?key=1')
    expect((await reader.get(`${acme.path}/webhooks`)).body).not.toContain('key=1')
    const [, href = ''] = /action="([^"]+)\/secret"/.exec(body) ?? []
    await onlyForMembers(['secret', 'secret/replacement', 'secret/retirement', 'settings', 'removal'].map((verb) => `${href}/${verb}`))
    const replaced = await member.post(`${href}/secret/replacement`)
    expect(replaced.body).toMatch(/former one signs too[\s\S]*whsec_/)
    expect((await member.get(`${acme.path}/webhooks`)).body).toContain('Retire former secret')
    expect((await member.post(`${href}/secret/retirement`)).status).toBe(303)
    expect((await member.get(`${acme.path}/webhooks`)).body).toContain('Replace secret')
    await member.post(`${href}/settings`, { enabled: 'no' })
    expect((await member.get(`${acme.path}/webhooks`)).body).toContain('Switched off')
    expect((await member.post(`${href}/removal`)).status).toBe(303)
    expect((await member.get(`${acme.path}/webhooks`)).body).toContain('No webhook yet')
  })

  it('to nowhere are refused beside the field', async () => {
    for (const url of ['', 'ftp://x.example', 'javascript:alert(1)', 'https://user:pass@x.example']) {
      const { status, body } = await member.post(`${acme.path}/webhooks`, { name: 'Orders', url })
      expect([url, status]).toEqual([url, 422])
      expect(body).toContain('id="field-url-mistake"')
    }
  })
})
