/** Ten thousand events through the web role, by API calls and by batches of the edge, while it is killed: what it has acknowledged arrives, once and in order. */
import { createIds } from '@posthaste/core/domain/ids.ts'
import { createCredential } from '@posthaste/core/manage/credentials.ts'
import { readTrackingKeys } from '@posthaste/core/manage/keys.ts'
import { createWebhook } from '@posthaste/core/manage/webhooks.ts'
import { BATCH_CONTENT_TYPE, signBatch } from '@posthaste/shared/tracking/batch.ts'
import { BATCH_EVENTS_MAX, type TrackingEvent } from '@posthaste/shared/tracking/event.ts'
import type { TrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import { type Installation, openInstallation } from '@posthaste/test/support/installation/open.ts'
import { SENDER_DOMAIN } from '@posthaste/test/support/installation/zone.ts'
import { until } from '@posthaste/test/support/until.ts'
import { seedMessages } from '@posthaste/test/support/webhook-engine.ts'
import { startWebhookReceiver, type WebhookRequest } from '@posthaste/test/support/webhook-receiver.ts'
import { expect, it } from 'vitest'

const TIMEOUT_MS = 240_000
const MESSAGES = 960
const VISITS = 10
const CALLS = 400
const CALLERS = 4
/** So many events were acknowledged when the web role is killed. */
const KILLED_AT = [1_500, 4_000, 6_500, 9_000]

/** What became of attempts to reach the web role. */
type Told = { acknowledged: number; repeated: number; cut: number }

/** Again and again until the answer is good, as the edge's Queue and a careful customer do it. */
async function insist<T>(attempt: () => Promise<T | undefined>, told: Told): Promise<T> {
  const once = () =>
    attempt().catch((fault: Error & { cause?: { code?: string } }) => {
      if (fault.cause?.code !== 'ECONNREFUSED') told.cut += 1 // it was listening when we asked
      return undefined
    })
  return until(once, { what: 'the web role to take it', timeoutMs: 60_000 })
}

const pad = (n: number): string => String(n).padStart(26, '0')

function visitsOf(messageIds: readonly number[], round: number, mailServerId: number): TrackingEvent[] {
  const visit = {
    kind: 'opened',
    mailServerId,
    link: 0,
    host: 'click.test',
    ipAddress: '192.0.2.1',
    userAgent: 'Test',
    automated: false,
  } as const
  return messageIds.map((messageId, n) => ({ ...visit, id: pad(round * MESSAGES + n), at: Date.now(), messageId }))
}

async function postBatch(url: string, keys: TrackingKeys, events: TrackingEvent[], told: Told): Promise<void> {
  const { repeated } = await insist(async () => {
    const headers = { 'Content-Type': BATCH_CONTENT_TYPE }
    const response = await fetch(`${url}/ingest/events`, { method: 'POST', headers, body: await signBatch(keys, { events }, new Date()) })
    return response.ok ? ((await response.json()) as { repeated: number }) : undefined // as the ingest answers
  }, told)
  told.acknowledged += events.length
  told.repeated += repeated
}

/** One round after the other, so that the order of a message's visits is known. */
async function postVisits(url: string, { manage, mailServerId }: Installation, messageIds: readonly number[], told: Told): Promise<void> {
  const keys = await readTrackingKeys(manage)
  for (let round = 0; round < VISITS; round += 1) {
    const visits = visitsOf(messageIds, round, mailServerId)
    const batches = Array.from({ length: Math.ceil(visits.length / BATCH_EVENTS_MAX) }, (_, n) => n * BATCH_EVENTS_MAX)
    await Promise.all(batches.map((from) => postBatch(url, keys, visits.slice(from, from + BATCH_EVENTS_MAX), told)))
  }
}

/** Each call has a key of its own, so that it may be repeated. @returns the ids of the messages. */
async function callApi(url: string, key: string, told: Told): Promise<number[]> {
  const ids: number[] = []
  const call = async (n: number) => {
    const id = await insist(async () => {
      const headers = { 'Content-Type': 'application/json', 'X-Server-API-Key': key, 'Idempotency-Key': `call ${n}` }
      const mail = { to: [`user${n}@receiver.test`], from: `orders@${SENDER_DOMAIN}`, subject: `Order ${n}`, plain_body: 'Thanks' }
      const response = await fetch(`${url}/api/v1/send/message`, { method: 'POST', headers, body: JSON.stringify(mail) })
      const answer = (await response.json()) as { data?: { messages?: Record<string, { id: number }> } } // as Postal answers
      return answer.data?.messages?.[mail.to[0] ?? '']?.id
    }, told)
    told.acknowledged += 1
    ids.push(id)
  }
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let n = caller; n < CALLS; n += CALLERS) await call(n)
  })
  await Promise.all(callers)
  return ids
}

/** Kills the web role at its times, and starts it again. */
async function tormentWeb(installation: Installation, told: Told): Promise<void> {
  let web = await installation.start('web')
  for (const count of KILLED_AT) {
    await until(() => told.acknowledged >= count, { what: `${count} acknowledged events`, timeoutMs: 120_000 })
    await web.kill()
    web = await installation.start('web')
  }
}

type Event = {
  readonly event: string
  readonly uuid: string
  readonly payload: { readonly message: { readonly id: number } }
  readonly sequence: number
}

/** By event and message: the numbers as they arrived. */
function ordersOf(requests: readonly WebhookRequest[], event: string): Map<number, number[]> {
  const orders = new Map<number, number[]>()
  for (const request of requests) {
    const told = request.json() as Event // as we send it
    if (told.event !== event) continue
    const { id } = told.payload.message
    orders.set(id, [...(orders.get(id) ?? []), told.sequence])
  }
  return orders
}

it('loses nothing that it has acknowledged, and repeats nothing', { timeout: TIMEOUT_MS }, async () => {
  await using installation = await openInstallation()
  const { db, manage, mailServerId, ports } = installation
  await using receiver = await startWebhookReceiver()
  // Without RSA signatures, which would be most of the time and are not the subject.
  await createWebhook(manage, { mailServerId, name: 'CRM', url: receiver.url, postalSignatures: false })
  const { key } = await createCredential(manage, { mailServerId, type: 'api', name: 'careful customer', hold: true })
  const messageIds = await seedMessages(db, createIds({ node: 60, clock: () => new Date() }), MESSAGES, mailServerId)
  await db.$client.query('DELETE FROM queue_entries') // they shall be visited, not sent

  const told: Told = { acknowledged: 0, repeated: 0, cut: 0 }
  const url = `http://127.0.0.1:${ports.web}`
  await installation.start('worker')
  const [held] = await Promise.all([
    callApi(url, key ?? '', told),
    postVisits(url, installation, messageIds, told),
    tormentWeb(installation, told),
  ])
  await receiver.received(MESSAGES * VISITS + CALLS, 120_000)

  process.stdout.write(`${told.cut} calls were cut off, ${told.repeated} visits of them came twice; ${receiver.requests.length} requests\n`)
  expect(told.cut).toBeGreaterThan(0)
  const visits = ordersOf(receiver.requests, 'MessageLoaded')
  expect(visits.size).toBe(MESSAGES)
  for (const order of visits.values()) expect(order).toEqual(Array.from({ length: VISITS }, (_, n) => n + 1))
  const holds = ordersOf(receiver.requests, 'MessageHeld')
  expect([...holds.keys()].toSorted()).toEqual(held.toSorted())
  for (const order of holds.values()) expect(order).toEqual([1])
  expect(receiver.requests.length).toBe(MESSAGES * VISITS + CALLS)
})
