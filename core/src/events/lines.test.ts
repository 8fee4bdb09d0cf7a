import { expect, it } from 'vitest'
import type { WebhookRequest } from '../store/webhook-requests.ts'
import { createLines } from './lines.ts'

const NOW = new Date(0)
const request = (id: number, messageId: number | null): WebhookRequest => ({
  ...{
    id,
    messageId,
    mailServerId: 1,
    webhookId: 5,
    sequence: messageId === null ? 0 : id,
    uuid: `${id}`,
    event: 'MessageSent',
    body: '{}',
  },
  ...{ signatures: null, attempts: 0, dueAt: NOW, retryUntil: NOW },
})
const [first, second, other] = [request(1, 7), request(2, 7), request(3, 8)]

it('lets the next of a message wait for the record, and those of others only for the answer', () => {
  const lines = createLines()
  lines.add([first, second, other])
  expect(lines.start()).toBe(first)
  lines.answered(first)
  expect(lines.count()).toMatchObject({ requests: 3, underWay: 0, waiting: 1 })
  expect(lines.start()).toBe(other)
  expect(lines.start()).toBeUndefined()
  lines.settle(first)
  expect(lines.start()).toBe(second)
  lines.settle(other)
  lines.settle(second)
  expect(lines.count()).toMatchObject({ requests: 0, lines: 0, underWay: 0, waiting: 0 })
})

it('gives up all that was not started, and keeps what was answered until it is recorded', () => {
  const lines = createLines()
  lines.add([first, second, other])
  lines.start()
  lines.answered(first)
  expect(lines.drain()).toEqual([second, other])
  expect(lines.requests()).toEqual([first])
  lines.add([second])
  expect(lines.start()).toBeUndefined()
  lines.settle(first)
  expect(lines.start()).toBe(second)
})
