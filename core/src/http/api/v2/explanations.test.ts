/** API v2 tells a mail server why its own messages, and its mail to a domain, stand as they do. */
import { addTenant, type Tenant, v1Client } from '@posthaste/test/support/api-v1.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { until } from '@posthaste/test/support/until.ts'
import { startTestWeb, type TestWeb } from '@posthaste/test/support/web.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

let dns: DnsServer
let web: TestWeb
let shop: Tenant
let other: Tenant
beforeAll(async () => {
  dns = await startDnsServer()
  web = await startTestWeb({ env: { POSTHASTE_DNS_RESOLVERS: dns.address } })
  shop = await addTenant(web)
  other = await addTenant(web)
})
afterAll(async () => {
  for (const one of [web, dns]) await one[Symbol.asyncDispose]()
})

async function ask(path: string, { key }: Pick<Tenant, 'key'> = shop) {
  const response = await fetch(`${web.url}/api/v2${path}`, { headers: { Authorization: `Bearer ${key}` } })
  return { status: response.status, body: await response.json() }
}

async function sent(): Promise<{ id: number; token: string }> {
  const mail = { from: `a@shop${shop.mailServerId}.test`, to: ['ana@client.test'], plain_body: 'Hello' }
  return (await v1Client(web, shop.key)('send/message', mail)).data.messages['ana@client.test']
}

it('explains a message by its number and its token', async () => {
  const { id, token } = await sent()
  for (const name of [id, token]) {
    const { status, body } = await ask(`/messages/${name}/explanation`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ messageId: id, attempts: [], limits: [] })
    expect(body.lines).toContain('It has not been tried yet.')
  }
})

it('shows the attempts that were made', async () => {
  const { id } = await sent()
  await web.db.$client.query(
    `INSERT INTO deliveries (id, message_id, mail_server_id, status, details, output, reply_class, created_at)
     VALUES (?, ?, ?, 'soft_failed', 'Put off', '451 4.7.1 Greylisted', 'greylisted', '2026-01-02 03:04:05.678')`,
    [id + 1, id, shop.mailServerId],
  )
  const { body } = await ask(`/messages/${id}/explanation`)
  expect(body.attempts).toMatchObject([
    { status: 'soft_failed', output: '451 4.7.1 Greylisted', replyClass: 'greylisted', transcript: null },
  ])
  expect(body.attempts[0].createdAt).toMatch(/^2026-01-02T\d\d:04:05\.678Z$/)
  expect(body.lines.join('\n')).toContain('lets unknown senders wait')
})

it('explains a site by the mail of the caller alone', async () => {
  await sent()
  const own = await ask('/sites/Client.Test/explanation')
  expect(own).toMatchObject({ status: 200, body: { domain: 'client.test', limits: [] } })
  expect(own.body.lines.join('\n')).toMatch(/[1-9]\d* (?:is|are) waiting/)
  expect((await ask('/sites/client.test/explanation', other)).body.lines.join('\n')).toMatch(/\b0 are waiting/)
})

it('tells nobody of the messages of others, and knows names of domains', async () => {
  const { id, token } = await sent()
  for (const name of [id, token, 'x', '0']) {
    const asked = await ask(`/messages/${name}/explanation`, name === 'x' || name === '0' ? shop : other)
    expect(asked).toMatchObject({ status: 404, body: { code: 'message.not_found', field: 'id' } })
  }
  for (const name of ['no%20domain', `${'a'.repeat(300)}.test`, '%00', 'relay%20us@smart.test:25'])
    expect(await ask(`/sites/${name}/explanation`)).toMatchObject({ status: 422, body: { code: 'input.invalid', field: 'domain' } })
})

it('asks DNS once for what it knows, and for a few callers at once', async () => {
  dns.set({ 'known.test': { MX: ['10 mx.known.test'] } })
  for (let n = 0; n < 3; n += 1) expect((await ask('/sites/known.test/explanation')).body.lines[0]).toContain('mx.known.test')
  expect(dns.queries.filter(({ name, type }) => name === 'known.test' && type === 'MX')).toHaveLength(1)

  dns.breakName('*', { kind: 'delay', ms: 1_000 })
  const { id } = await sent()
  const sites = (tenant: Tenant) => Array.from({ length: 6 }, (_, n) => ask(`/sites/slow${n}.test/explanation`, tenant))
  const own = sites(shop)
  await until(() => dns.queries.filter(({ name }) => name.startsWith('slow')).length >= 4, { what: 'the look-ups' })
  const [message, theirs] = await Promise.all([ask(`/messages/${id}/explanation`), ask('/sites/slow9.test/explanation', other)])
  expect(message).toMatchObject({ status: 503, body: { code: 'service.busy' } })
  expect(theirs.status).toBe(200)
  const statuses = (await Promise.all(own)).map(({ status }) => status)
  expect(statuses.sort()).toEqual([200, 200, 200, 200, 503, 503])
  dns.heal('*')
  expect((await ask(`/messages/${id}/explanation`)).status).toBe(200)
})
