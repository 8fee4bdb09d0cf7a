/** Signing in and out, and what forms must prove. */
import { type AdminSite, PASSWORD, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let site: AdminSite
let operator: string
beforeAll(async () => {
  site = await startAdminSite()
  operator = await site.user({ name: 'Olga Operator', admin: true })
})
afterAll(() => site[Symbol.asyncDispose]())

const visitor = () => createVisitor(site.url)

describe('signing in', () => {
  it('gives a cookie that scripts cannot read and other sites cannot use', async () => {
    const { status, location, headers } = await visitor().signIn(operator)
    expect({ status, location }).toEqual({ status: 303, location: '/' })
    const [cookie = ''] = headers.getSetCookie().filter((line) => line.startsWith('posthaste='))
    expect(cookie).toMatch(/^posthaste=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('binds the cookie to the very host where there is https', async () => {
    const one = visitor()
    const https = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' }
    const origin = { origin: site.url.replace('http:', 'https:') }
    await one.get('/login', https)
    const { headers } = await one.post('/login', { email_address: operator, password: PASSWORD }, { ...https, ...origin })
    const [cookie = ''] = headers.getSetCookie().filter((line) => line.startsWith('__Host-posthaste='))
    expect(cookie).toMatch(/^__Host-posthaste=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    expect(headers.get('strict-transport-security')).toContain('max-age')
  })

  it('says the same about a wrong password as about a stranger, and keeps only the address in the form', async () => {
    const wrong = await visitor().signIn(operator, 'not my password')
    const stranger = await visitor().signIn('nobody@people.example', 'not my password')
    expect([wrong.status, stranger.status]).toEqual([422, 422])
    for (const { body } of [wrong, stranger]) {
      expect(body).toContain('E-mail address or password is not right.')
      expect(body).not.toContain('not my password')
    }
    expect(wrong.body).toContain(`value="${operator}"`)
  })

  it('gives another session each time, and ends the one before', async () => {
    const one = visitor()
    await one.signIn(operator)
    const first = one.cookies.get('posthaste') ?? ''
    await one.get('/')
    await one.post('/login', { email_address: operator, password: PASSWORD })
    expect(one.cookies.get('posthaste')).not.toBe(first)
    one.cookies.set('posthaste', first)
    expect(await one.get('/')).toMatchObject({ status: 303, location: '/login' })
  })

  it('leads back to where one wanted to go, and nowhere else', async () => {
    const one = visitor()
    const asked = await one.get('/org/acme/servers/shop/messages/outgoing?q=status%3A+held')
    expect(asked).toMatchObject({ status: 303 })
    const { body } = await one.get(asked.location ?? '')
    expect(body).toContain('name="return_to" value="/org/acme/servers/shop/messages/outgoing?q=status%3A+held"')
    for (const [wish, location] of [
      ['/org/acme', '/org/acme'],
      ['//evil.example/', '/'],
      ['https://evil.example/', '/'],
    ]) {
      const other = visitor()
      await other.get('/login')
      const fields = { email_address: operator, password: PASSWORD, return_to: wish ?? '' }
      expect((await other.post('/login', fields)).location).toBe(location)
    }
  })

  it('ends after too many attempts, also with the right password', async () => {
    const victim = await site.user({ name: 'Vera Victim' })
    for (let attempt = 0; attempt < 10; attempt += 1) await visitor().signIn(victim, 'guess')
    const { status, body } = await visitor().signIn(victim)
    expect(status).toBe(429)
    expect(body).toMatch(/Too many attempts to sign in; try again in \d+ minutes/)
  }, 30_000)
})

describe('signing out', () => {
  it('ends the session for whoever has its cookie', async () => {
    const one = visitor()
    await one.signIn(operator)
    const token = one.cookies.get('posthaste') ?? ''
    await one.get('/')
    expect(await one.post('/logout')).toMatchObject({ status: 303, location: '/login' })
    expect(one.cookies.has('posthaste')).toBe(false)
    expect((await one.get('/login')).body).toContain('You are signed out.')
    one.cookies.set('posthaste', token)
    expect((await one.get('/')).status).toBe(303)
  })
})

describe('forms', () => {
  it.each([
    ['without a token', { form_token: '' }, {}],
    ['with an invented token', { form_token: 'AAAA' }, {}],
    ['from another origin', {}, { origin: 'https://evil.example' }],
    ['from an opaque origin', {}, { origin: 'null' }],
    ['from another site, as browsers say', {}, { 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour in the domain', {}, { 'sec-fetch-site': 'same-site' }],
    ['in a type that needs no asking beforehand', {}, { 'content-type': 'text/plain' }],
  ])('%s change nothing', async (_, fields, headers) => {
    const one = visitor()
    await one.signIn(operator)
    await one.get('/')
    expect((await one.post('/logout', fields, headers)).status).toBe(403)
    expect((await one.get('/')).status).toBe(200)
  })

  it('with the token of somebody else change nothing', async () => {
    const [one, other] = [visitor(), visitor()]
    await one.signIn(operator)
    await other.signIn(operator)
    const { body } = await other.get('/')
    const stolen = /name="form_token" value="([^"]+)"/.exec(body)?.[1] ?? ''
    expect((await one.post('/logout', { form_token: stolen })).status).toBe(403)
  })

  it('do not sign anybody in from another site', async () => {
    const fields = new URLSearchParams({ email_address: operator, password: PASSWORD })
    const answer = await fetch(`${site.url}/login`, { method: 'POST', body: fields, headers: { origin: 'https://evil.example' } })
    expect(answer.status).toBe(403)
    expect(answer.headers.getSetCookie().join()).not.toContain('posthaste=')
  })

  it('that are too large are refused', async () => {
    const one = visitor()
    await one.signIn(operator)
    expect((await one.post('/appearance', { theme: 'x'.repeat(300_000) })).status).toBe(413)
  })
})

it('remembers light or dark for this browser, and says so in the page', async () => {
  const one = visitor()
  await one.signIn(operator)
  await one.get('/')
  expect(await one.post('/appearance', { theme: 'dark', return_to: '/?after=0' })).toMatchObject({ status: 303, location: '/?after=0' })
  expect((await one.get('/')).body).toContain('data-theme="dark"')
  await one.get('/')
  await one.post('/appearance', { theme: 'system' })
  expect((await one.get('/')).body).toContain('data-theme="system"')
})

it('keeps pages to itself: nothing is cached, framed or run that is not named', async () => {
  const one = visitor()
  await one.signIn(operator)
  const { headers, body } = await one.get('/')
  const policy = headers.get('content-security-policy') ?? ''
  const [, nonce = ''] = /script-src 'nonce-([^']+)'/.exec(policy) ?? []
  expect(policy).toMatch(/^default-src 'none'; .*form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/)
  expect(policy).not.toContain('unsafe')
  expect(body.split(`nonce="${nonce}"`)).toHaveLength(3)
  expect(headers.get('cache-control')).toBe('no-store')
  expect((await one.get('/')).headers.get('content-security-policy')).not.toBe(policy)
})

it('serves style sheets and scripts under addresses that change with them, for ever', async () => {
  const { body } = await visitor().get('/login')
  for (const [, path = ''] of body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
    const { status, headers } = await visitor().get(path)
    expect([path, status, headers.get('cache-control')]).toEqual([path, 200, 'public, max-age=31536000, immutable'])
  }
})

it('shows a page of its own for what is not there', async () => {
  const one = visitor()
  expect((await one.get('/no/such/page')).status).toBe(303)
  await one.signIn(operator)
  const { status, body } = await one.get('/no/such/page')
  expect(status).toBe(404)
  expect(body).toContain('There is nothing here')
})
