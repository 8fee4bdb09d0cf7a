/** Promises of the Worker as Cloudflare runs it. */
import { createExecutionContext, createMessageBatch, getQueueResult, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { parseTrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import { createTokenSigner, dayOf } from '@posthaste/shared/tracking/token.ts'
import { afterEach, expect, it, vi } from 'vitest'
import { type Bindings, REVOCATIONS_KEY } from './bindings.ts'
import worker from './worker.ts'

declare module 'cloudflare:workers' {
  namespace Cloudflare {
    interface Env extends Bindings {}
  }
}

const HOST = 'track.example.com'

function clickRequest(messageId: number): Request<unknown, IncomingRequestCfProperties> {
  const sign = createTokenSigner(parseTrackingKeys(env.TRACKING_KEYS))
  const token = sign(
    { purpose: 'click', mailServerId: 41, messageId, link: 1, issuedDay: dayOf(new Date()), destination: 'https://example.com/' },
    HOST,
  )
  return new Request(`https://${HOST}/c/${token}`)
}

async function visit(messageId: number): Promise<Response> {
  const ctx = createExecutionContext()
  const response = await worker.fetch(clickRequest(messageId), env, ctx)
  await waitOnExecutionContext(ctx)
  return response
}

afterEach(() => vi.restoreAllMocks())

it('obeys the revocation list in KV', async () => {
  await env.REVOCATIONS.put(REVOCATIONS_KEY, JSON.stringify({ messages: [43] }))
  expect((await visit(42)).status).toBe(302)
  expect((await visit(43)).status).toBe(404)
})

it('keeps every event in the Queue while the core cannot be reached', async () => {
  vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('connection refused'))
  const event = {
    id: '01KAKV8Z6Y0000000000000000',
    kind: 'opened',
    at: 1,
    mailServerId: 41,
    messageId: 42,
    link: 0,
    host: HOST,
    ipAddress: '',
    userAgent: '',
    automated: true,
  }
  const batch = createMessageBatch('posthaste-events', [
    { id: 'a', timestamp: new Date(), attempts: 1, body: event },
    { id: 'b', timestamp: new Date(), attempts: 3, body: event },
  ])
  const ctx = createExecutionContext()
  await worker.queue(batch, env)
  const result = await getQueueResult(batch, ctx)
  expect(result.explicitAcks).toEqual([])
  expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(['a', 'b'])
})
