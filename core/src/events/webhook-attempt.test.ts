/** What becomes of the other requests in hand when one of them does not go well. */
import { expect, it } from 'vitest'
import type { WebhookRequest } from '../store/webhook-requests.ts'
import type { WebhookTarget } from '../store/webhook-targets.ts'
import { createLane } from './lane.ts'
import type { KeptLane } from './lanes.ts'
import { type Attempting, attemptRequest } from './webhook-attempt.ts'
import { weightOf } from './webhook-results.ts'

const NOW = new Date(0)
const target: WebhookTarget = {
  ...{ id: 5, mailServerId: 1, name: 'CRM', url: 'https://crm.example/', enabled: true, postalSignatures: true },
  ...{ secretSealed: Buffer.of(), previousSecretSealed: null, lastUsedAt: null, failuresInARow: 0, openUntil: null },
}
const request = (id: number, messageId: number): WebhookRequest => ({
  ...{ id, messageId, mailServerId: 1, webhookId: 5, sequence: id, uuid: `${id}`, event: 'MessageSent', body: '{}' },
  ...{ signatures: null, attempts: 0, dueAt: NOW, retryUntil: NOW },
})
const [first, second, other] = [request(1, 7), request(2, 7), request(3, 8)]

const attempting = (released: WebhookRequest[], faulty: 'sign' | 'record' | 'receiver'): Attempting => ({
  http: { post: async () => ({ kind: 'answer', status: faulty === 'receiver' ? 500 : 200, retryAfter: null, rawHeaders: [], body: '' }) },
  sign: async () => {
    if (faulty === 'sign') throw new Error('no key')
    return { kid: 'k', sha1: 'a', sha256: 'b' }
  },
  results: {
    record: async () => (faulty === 'record' ? Promise.reject(new Error('cannot be written')) : undefined),
    idle: async () => undefined,
  },
  release: (requests) => released.push(...requests),
  log: { attempted: () => undefined, opened: () => undefined, closed: () => undefined, recovered: () => undefined },
  ...{ clock: () => NOW, timeoutMs: 1_000, userAgent: 'Postal', newId: () => 9, random: () => 0 },
})

function keptLane(of: WebhookTarget) {
  const lane = createLane(of)
  const kept: KeptLane = { lane, secrets: [], readAt: 0, neededAt: 0, expiredAt: 0, usedWrittenAt: 0, usedAt: null }
  return { kept, lane }
}

it.each(['sign', 'record'] as const)('gives back what follows in its message when it cannot %s, and nothing else', async (faulty) => {
  const { kept, lane } = keptLane(target)
  lane.lines.add([first, second, other])
  expect(lane.start(NOW)).toBe(first)
  const released: WebhookRequest[] = []
  await expect(attemptRequest(attempting(released, faulty), kept, first, () => undefined)).rejects.toThrow()
  expect(released).toEqual([second])
  expect(lane.lines.requests()).toEqual([other])
})

it('lets nothing join a line whose next request was given back because the circuit has opened', async () => {
  const { kept, lane } = keptLane({ ...target, failuresInARow: 9 })
  lane.lines.add([first, second, other])
  expect([lane.start(NOW), lane.start(NOW)]).toEqual([first, other])
  const { broken } = lane.lines.count()
  const released: WebhookRequest[] = []
  await attemptRequest(attempting(released, 'receiver'), kept, other, () => undefined)
  expect(released).toEqual([second])
  expect(lane.lines.holds(7)).toBe(false)
  expect(lane.lines.count().broken).toBeGreaterThan(broken) // what was being claimed meanwhile goes back as well
  expect(lane.lines.requests()).toEqual([first])
})

it('counts headers into what a statement holds, as receivers choose them too', () => {
  const header = ['X-A', '"'.repeat(300)] as const
  expect(weightOf({ responseBody: 'ok', requestHeaders: [header], responseHeaders: [header, header] })).toBe(2 + 3 * 303)
})
