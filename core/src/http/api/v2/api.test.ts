/** API v2 lets in whom API v1 lets in, counts calls with it, and describes itself. */
import { randomBytes } from 'node:crypto'
import { addTenant, v1Client } from '@posthaste/test/support/api-v1.ts'
import { until } from '@posthaste/test/support/until.ts'
import { startTestWeb, type TestWeb } from '@posthaste/test/support/web.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let web: TestWeb
beforeAll(async () => {
  web = await startTestWeb()
})
afterAll(() => web[Symbol.asyncDispose]())

async function ask(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${web.url}/api/v2${path}`, { headers })
  return { status: response.status, headers: response.headers, body: await response.json() }
}
/** Of nobody: whoever is let in is told so. */
const MESSAGE = '/messages/1/inspection'
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` })

describe('a caller', () => {
  it('without a key is told what is missing', async () => {
    for (const headers of [{}, { Authorization: 'Basic YTpi' }, { Authorization: 'Bearer ' }]) {
      const { status, headers: answered, body } = await ask(MESSAGE, headers)
      expect(status).toBe(401)
      expect(answered.get('www-authenticate')).toBe('Bearer')
      expect(body).toMatchObject({ type: 'about:blank', status: 401, code: 'auth.required', request_id: answered.get('x-request-id') })
    }
  })

  it('with a wrong key, or one of another kind, is refused alike', async () => {
    const smtp = await addTenant(web, { credentialType: 'smtp' })
    for (const key of ['wrong', smtp.key, 'x'.repeat(5_000)]) {
      const { status, headers, body } = await ask(MESSAGE, bearer(key))
      expect({ status, code: body.code, challenge: headers.get('www-authenticate') }).toEqual({
        status: 401,
        code: 'auth.invalid',
        challenge: 'Bearer error="invalid_token"',
      })
      expect(JSON.stringify(body)).not.toContain(key)
    }
  })

  it('of a suspended mail server is told so', async () => {
    const { key } = await addTenant(web, { suspended: 'mail_server' })
    expect(await ask(MESSAGE, bearer(key))).toMatchObject({ status: 403, body: { code: 'mail_server.suspended' } })
  })

  it('with a good key is let in, whatever the scheme is written like', async () => {
    const { key } = await addTenant(web)
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect((await ask(MESSAGE, { Authorization: `${scheme} ${key}` })).status).toBe(404)
  })

  it('has the calls of both versions counted together', async () => {
    const { key } = await addTenant(web, { callsPerMinute: 2 })
    await v1Client(web, key)('messages/message', { id: 1 })
    expect((await ask(MESSAGE, bearer(key))).status).toBe(404)
    const excess = await ask(MESSAGE, bearer(key))
    expect(excess).toMatchObject({ status: 429, body: { code: 'auth.throttled' } })
    expect(Number(excess.headers.get('retry-after'))).toBeLessThanOrEqual(30)
  })

  it('that tries bad keys is held off, and nobody who has a good one', async () => {
    const from = { 'X-Forwarded-For': '203.0.113.77' }
    const { key } = await addTenant(web)
    const bad = async () => (await ask(MESSAGE, { ...from, ...bearer(randomBytes(12).toString('hex')) })).status
    for (let n = 0; n < 25; n += 1) await bad()
    await until(async () => (await bad()) === 429, { what: 'the address to be held' })
    expect((await ask(MESSAGE, { ...from, ...bearer(key) })).status).toBe(404)
  })
})

it('answers a path that it does not have with a problem, to callers only', async () => {
  const { key } = await addTenant(web)
  expect(await ask('/no/such', bearer(key))).toMatchObject({ status: 404, body: { code: 'resource.not_found' } })
  expect((await ask('/no/such')).status).toBe(401)
  expect((await ask('/inspections', bearer(key))).status).toBe(404)
})

describe('the description', () => {
  it('is OpenAPI 3.1 of every operation, and needs no key', async () => {
    const { status, body } = await ask('/openapi.json')
    expect(status).toBe(200)
    expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/api/v2' }] })
    const operations = Object.values<Record<string, { operationId: string; security: unknown; responses: object }>>(body.paths).flatMap(
      Object.values,
    )
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual([
      'explainMessage',
      'explainSite',
      'inspectMail',
      'inspectMessage',
    ])
    for (const { security, responses } of operations) {
      expect(security).toEqual([{ key: [] }])
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '401', '403', '429', '503']))
    }
    expect(body.components.securitySchemes.key).toMatchObject({ type: 'http', scheme: 'bearer' })
  })

  it('refers to nothing that it does not hold', async () => {
    const { body } = await ask('/openapi.json')
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
    expect(references.length).toBeGreaterThan(5)
    for (const name of references) expect(Object.keys(body.components.schemas)).toContain(name)
  })
})
