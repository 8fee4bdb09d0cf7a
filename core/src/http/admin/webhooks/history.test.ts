/** The history of webhooks: members see what was sent and answered, readers that it was, strangers nothing. */
import { createWebhook, updateWebhookSettings } from '@posthaste/core/manage/webhooks.ts'
import { findWebhook } from '@posthaste/core/store/webhooks.ts'
import { type AdminSite, type AdminTenant, startAdminSite } from '@posthaste/test/journeys/admin-site.ts'
import { createVisitor, type Visitor, visitorOf } from '@posthaste/test/journeys/admin-visitor.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

const UUID = '1f8f9a52-6a6e-4d0c-8fc3-0a3a4f6f7b2d'

let site: AdminSite
let acme: AdminTenant
let webhookId: number
let member: Visitor
let reader: Visitor
let stranger: Visitor

beforeAll(async () => {
  site = await startAdminSite()
  acme = await site.tenant('Acme')
  const zeta = await site.tenant('Zeta')
  const { webhook } = await createWebhook(site.manage, { mailServerId: acme.mailServer.id, name: 'CRM', url: 'https://crm.example/' })
  webhookId = webhook.id
  await seed()
  member = await visitorOf(site, { name: 'Mia Member', in: [acme, 'member'] })
  reader = await visitorOf(site, { name: 'Rea Reader', in: [acme, 'reader'] })
  stranger = await visitorOf(site, { name: 'Stan Stranger', in: [zeta, 'owner'] })
})
afterAll(() => site[Symbol.asyncDispose]())

/** One request that failed and was given up. */
async function seed(): Promise<void> {
  const { db, newId, clock } = site.manage
  const [id, now, server] = [newId(), clock(), acme.mailServer.id]
  await db.$client.query(
    `INSERT INTO webhook_requests
       (id, mail_server_id, webhook_id, event_id, sequence, uuid, event, body, state, attempts, due_at, retry_until, created_at) VALUES (?)`,
    [[id, server, webhookId, 1, 1, UUID, 'MessageSent', '{"event":"<sent>"}', 'dead', 1, now, now, now]],
  )
  await db.$client.query(
    `INSERT INTO webhook_attempts (id, mail_server_id, webhook_id, request_id, attempt, url, status_code, ms, response_body, request_headers,
       response_headers, will_retry, created_at) VALUES (?)`,
    [
      [
        ...[newId(), server, webhookId, id, 1, 'https://crm.example/', 500, 12, '<b>Oops</b>'],
        ...[JSON.stringify([['webhook-id', UUID]]), JSON.stringify([['X-Request-Id', '47<11>']]), false, now],
      ],
    ],
  )
}

const list = () => `${acme.path}/webhooks/requests`
const states = async () => {
  const [rows] = await site.manage.db.$client.query('SELECT state FROM webhook_requests')
  return (rows as unknown as { state: string }[]).map(({ state }) => state) // as selected
}

it('shows members each request with its headers, its answer and a way to send it again', async () => {
  expect((await member.get(list())).body).toContain('Given up')
  const { body } = await member.get(`${list()}/${UUID}`)
  for (const text of ['HTTP 500', `webhook-id: ${UUID}`, 'X-Request-Id: 47&lt;11&gt;', '&lt;b&gt;Oops&lt;/b&gt;', 'CRM'])
    expect(body).toContain(text)
  expect(await member.post(`${list()}/${UUID}/replay`, {})).toMatchObject({ status: 303, location: `${list()}/${UUID}` })
  expect(await states()).toEqual(['ready'])
})

it('shows readers only that there was one, and strangers and the signed-out nothing', async () => {
  expect((await reader.get(list())).body).toContain('MessageSent')
  expect((await reader.get(`${list()}/${UUID}`)).status).toBe(403)
  expect((await reader.post(`${list()}/${UUID}/replay`, {})).status).toBe(403)
  expect((await stranger.get(list())).status).toBe(404)
  expect((await stranger.get(`${list()}/${UUID}`)).status).toBe(404)
  expect((await stranger.post(`${list()}/${UUID}/replay`, {})).status).toBe(404)
  expect((await createVisitor(site.url).get(list())).status).toBe(303)
  expect((await member.get(`${list()}/none`)).status).toBe(404)
})

it('lets members choose how a webhook is signed, without touching the rest', async () => {
  const { manage } = site
  const path = `${acme.path}/webhooks`
  const uuid = (await findWebhook(manage.db, webhookId))?.uuid
  await updateWebhookSettings(manage, { id: webhookId, enabled: false })
  expect(await member.post(`${path}/${uuid}/settings`, { postal_signatures: 'no' })).toMatchObject({ status: 303 })
  expect(await findWebhook(manage.db, webhookId)).toMatchObject({ postalSignatures: false, enabled: false })
  await member.post(path, { name: 'Quick', url: 'https://quick.example/', events: 'MessageSent' })
  const [rows] = await manage.db.$client.query("SELECT postal_signatures AS signs FROM webhooks WHERE name = 'Quick'")
  expect(rows).toEqual([{ signs: 0 }])
  expect((await reader.post(`${path}/${uuid}/settings`, { postal_signatures: 'yes' })).status).toBe(403)
})
