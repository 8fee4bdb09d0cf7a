/** Sending webhook requests again: which, by whom, and that history ends. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { inTransaction } from '../store/transaction.ts'
import { listWebhookAttempts, listWebhookRequests, pruneWebhookHistory } from '../store/webhook-history.ts'
import { claimWebhookRequests, insertWebhookRequests } from '../store/webhook-requests.ts'
import { writeWebhookResults } from '../store/webhook-results.ts'
import { createManageFixture, type ManageFixture, type Tenant } from './manage.fixture.ts'
import { replayWebhookHistory, replayWebhookRequest } from './webhook-replay.ts'
import { createWebhook, updateWebhookSettings } from './webhooks.ts'

let fixture: ManageFixture
let tenant: Tenant
let webhookId = 0
const LEASE = 9
const HOUR_MS = 3_600_000

beforeAll(async () => {
  fixture = await createManageFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

beforeEach(async () => {
  tenant = await fixture.tenant(`Acme ${fixture.manage.newId()}`)
  const { webhook } = await createWebhook(fixture.manage, { mailServerId: tenant.mailServerId, name: 'crm', url: 'https://crm.example/' })
  webhookId = webhook.id
})

const db = () => fixture.database.db
const list = () => listWebhookRequests(db(), { mailServerId: tenant.mailServerId })
const states = async () => (await list()).map(({ state }) => state).reverse()

/** A request for each result, and what came of it. */
async function seed(...delivered: boolean[]): Promise<string[]> {
  const { manage } = fixture
  const now = manage.clock()
  const requests = delivered.map((_, n) => {
    const id = manage.newId()
    const shared = { mailServerId: tenant.mailServerId, webhookId, messageId: null, sequence: 0, event: 'MessageSent', body: `{"n":${n}}` }
    return { ...shared, id, eventId: id, uuid: `uuid-${id}`, createdAt: now, retryUntil: now }
  })
  await inTransaction(db(), (tx) => insertWebhookRequests(tx, requests))
  await claimWebhookRequests(db(), { lease: LEASE, now, wanted: [{ webhookId, limit: 100 }], holds: () => false })
  const results = requests.map(({ id }, n) => ({
    attempt: {
      ...{ id: manage.newId(), mailServerId: tenant.mailServerId, webhookId, requestId: id, attempt: 1, url: 'https://crm.example/' },
      ...{ statusCode: delivered[n] ? 200 : 500, ms: 12, responseBody: 'ok', requestHeaders: [], responseHeaders: [] },
      ...{ willRetry: false, createdAt: now },
    },
    ...{ delivered: delivered[n] ?? false, retryAt: null, signatures: { kid: '', sha1: '', sha256: '' }, behind: [] },
  }))
  await writeWebhookResults(db(), LEASE, results)
  return requests.map(({ uuid }) => uuid)
}

it('sends one again, as if it had just happened', async () => {
  const [uuid = ''] = await seed(true, false)
  await replayWebhookRequest(fixture.manage, { mailServerId: tenant.mailServerId, uuid })
  expect(await states()).toEqual(['ready', 'dead'])
  const [again] = await claimWebhookRequests(db(), {
    lease: LEASE,
    now: fixture.manage.clock(),
    wanted: [{ webhookId, limit: 9 }],
    holds: () => false,
  })
  expect(again).toMatchObject({ uuid, body: '{"n":0}', attempts: 0 })
  expect(Number(again?.retryUntil) - fixture.manage.clock().getTime()).toBe(72 * HOUR_MS)
  expect((await fixture.audited()).at(-1)).toBe('webhook.replayed')
})

it('sends all that failed again, and nothing else', async () => {
  await seed(true, false, false)
  expect(await replayWebhookHistory(fixture.manage, { mailServerId: tenant.mailServerId, webhookId, state: 'dead' })).toBe(2)
  expect(await states()).toEqual(['delivered', 'ready', 'ready'])
})

it('sends those of a time again, also what was delivered', async () => {
  await seed(true)
  fixture.passMs(HOUR_MS)
  const from = fixture.manage.clock()
  await seed(true, false)
  fixture.passMs(HOUR_MS)
  const to = fixture.manage.clock()
  await seed(true)
  expect(await replayWebhookHistory(fixture.manage, { mailServerId: tenant.mailServerId, webhookId, from, to })).toBe(2)
  expect(await states()).toEqual(['delivered', 'ready', 'ready', 'delivered'])
})

it('replays nothing of another tenant, of a webhook that is off, or of no time at all', async () => {
  const [uuid = ''] = await seed(false)
  const { mailServerId } = tenant
  const stranger = await (await fixture.tenant('Stranger')).member('owner')
  const reader = await tenant.member('reader')
  await expect(replayWebhookRequest(stranger, { mailServerId, uuid })).rejects.toMatchObject({ code: 'mail_server.not_found' })
  await expect(replayWebhookRequest(reader, { mailServerId, uuid })).rejects.toMatchObject({ code: 'auth.forbidden' })
  await expect(replayWebhookRequest(fixture.manage, { mailServerId, uuid: 'none' })).rejects.toMatchObject({ code: 'webhook.not_found' })
  await expect(replayWebhookHistory(fixture.manage, { mailServerId, webhookId })).rejects.toMatchObject({ code: 'input.invalid' })
  const other = (await fixture.tenant('Other')).mailServerId
  await expect(replayWebhookHistory(fixture.manage, { mailServerId: other, webhookId, state: 'dead' })).rejects.toMatchObject({
    code: 'webhook.not_found',
  })
  await updateWebhookSettings(fixture.manage, { id: webhookId, enabled: false })
  await expect(replayWebhookRequest(fixture.manage, { mailServerId, uuid })).rejects.toMatchObject({
    code: 'input.invalid',
    field: 'webhook',
  })
  expect(await states()).toEqual(['dead'])
})

it('keeps attempts with status, duration and answer, and forgets what is old and not on its way', async () => {
  const [delivered = '', dead = ''] = await seed(true, false)
  await replayWebhookRequest(fixture.manage, { mailServerId: tenant.mailServerId, uuid: dead })
  const [, row] = await list()
  expect(row?.uuid).toBe(delivered)
  expect(await listWebhookAttempts(db(), tenant.mailServerId, row?.id ?? 0)).toMatchObject([
    { attempt: 1, statusCode: 200, ms: 12, responseBody: 'ok' },
  ])
  fixture.passMs(10 * 24 * HOUR_MS)
  await pruneWebhookHistory(db(), new Date(fixture.manage.clock().getTime() - 9 * 24 * HOUR_MS))
  expect(await states()).toEqual(['ready'])
  expect(await listWebhookAttempts(db(), tenant.mailServerId, row?.id ?? 0)).toEqual([])
})
