/** What the web role shows to strangers, to machines and to itself, and how it stops. */
import { createHash, createPublicKey } from 'node:crypto'
import { request } from 'node:http'
import { addTenant, v1Client } from '@posthaste/test/support/api-v1.ts'
import { startTestWeb, type TestWeb } from '@posthaste/test/support/web.ts'
import { calculateJwkThumbprint, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let web: TestWeb
beforeAll(async () => {
  web = await startTestWeb({ env: { POSTHASTE_WEB_HOSTNAMES: 'mail.shop.test' } })
})
afterAll(() => web[Symbol.asyncDispose]())

type Reply = { readonly status: number; readonly headers: Record<string, unknown>; readonly body: string }

/** Unlike `fetch` this may say any host it likes. */
function ask(path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(`${web.url}${path}`, { headers }, async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    })
    asked.on('error', reject).end()
  })
}

describe('host names', () => {
  it('that are not ours see no page', async () => {
    const { status, body } = await ask('/login', { Host: 'evil.example' })
    expect({ status, body }).toEqual({ status: 403, body: 'This host name is not served here.' })
  })

  it('that are configured do', async () => {
    for (const host of ['postal.test', 'mail.shop.test:8443', 'localhost'])
      expect((await ask('/login', { Host: host })).status).not.toBe(403)
  })

  it('do not matter to the API, to health checks and to keys', async () => {
    for (const path of ['/api/v1/messages/message', '/health', '/.well-known/jwks.json']) {
      expect((await ask(path, { Host: '10.0.0.7' })).status).toBe(200)
    }
  })

  it('of tracking, known or marked by the proxy, are answered by the tracking app', async () => {
    const hello = await ask('/', { Host: 'track.postal.test' })
    expect(hello).toMatchObject({ status: 200, headers: { 'x-robots-tag': 'noindex' } })
    expect(await ask('/', { 'X-Postal-Track-Host': '1' })).toMatchObject({ status: 200, body: hello.body })
    await web.db.$client.query(
      `INSERT INTO tracking_domains (id, mail_server_id, domain_id, uuid, host, excluded_click_domains, created_at) VALUES (1, 1, 1, 'u', 'click.shop.test', '', NOW())`,
    )
    expect(await ask('/', { Host: 'click.shop.test' })).toMatchObject({ status: 200, body: hello.body })
  })
})

it('publishes the key that signs webhooks as receivers expect it', async () => {
  const { headers, body } = await ask('/.well-known/jwks.json')
  expect(headers).toMatchObject({ 'cache-control': 'public, max-age=3600', 'content-type': expect.stringContaining('application/json') })
  const { keys } = JSON.parse(body)
  expect(keys).toEqual([
    { kty: 'RSA', n: expect.any(String), e: 'AQAB', kid: expect.stringMatching(/^[0-9a-f]{64}$/), use: 'sig', alg: 'RS256' },
  ])
  await expect(importJWK(keys[0])).resolves.toMatchObject({ type: 'public' })
  await expect(calculateJwkThumbprint(keys[0])).resolves.toEqual(expect.any(String))
  const der = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'pkcs1', format: 'der' })
  expect(keys[0].kid).toBe(createHash('sha256').update(der).digest('hex'))
  expect(Buffer.from(keys[0].n, 'base64url')).toHaveLength(256)
})

it('shows how a request arrived', async () => {
  const { body } = await ask('/ip', { Host: 'x.test', 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' })
  expect(body).toBe('ip: 203.0.113.9\nremote ip: 127.0.0.1\nscheme: https\nhost: x.test\n')
})

it('tells nothing about pages that are not there, and how strictly it wants to be shown', async () => {
  const { status, headers, body } = await ask('/no/such/page', { Host: 'postal.test', 'X-Forwarded-Proto': 'https' })
  expect([303, 404]).toContain(status) // strangers are asked to sign in first
  expect(headers['strict-transport-security']).toContain('max-age=')
  expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-request-id': expect.stringMatching(/^[A-Z0-9]{8}$/) })
  expect(headers).not.toHaveProperty('server')
  expect(body).not.toMatch(/stack|node_modules|at \//)
})

it('counts requests by route, never by path', async () => {
  await ask('/api/v1/messages/message?params=%7B%22id%22%3A12345%7D')
  const metrics = await web.core.metrics.registry.metrics()
  expect(metrics).toMatch(/posthaste_http_requests_total\{route="\/api\/v1\/messages\/message",method="GET",status="200"\} \d+/)
  expect(metrics).not.toContain('12345')
})

it('finishes what has begun before it stops, and takes nothing new', async () => {
  const stopped = await startTestWeb()
  const { key, mailServerId } = await addTenant(stopped)
  const call = v1Client(stopped, key)
  const mail = { from: `a@shop${mailServerId}.test`, to: ['b@x.test'], plain_body: 'x' }
  await call('send/message', mail)
  const running = Array.from({ length: 20 }, () => call('send/message', mail))
  await running[0]
  const stopping = stopped[Symbol.asyncDispose]()
  const settled = await Promise.allSettled(running)
  for (const outcome of settled) if (outcome.status === 'fulfilled') expect(outcome.value.status).toBe('success')
  await stopping
  await expect(fetch(`${stopped.url}/health`)).rejects.toThrow()
})
