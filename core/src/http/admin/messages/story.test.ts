/** The story of a message: what is told, in which order and in which words. */
import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../../domain/delivery.ts'
import type { Event } from '../../../domain/event.ts'
import type { Message } from '../../../domain/message.ts'
import type { QueuedEntry } from '../../../store/queue-views.ts'
import { inWords } from './in-words.ts'
import { timelineOf } from './timeline.ts'

const at = (minute: number) => new Date(Date.UTC(2027, 0, 1, 12, minute))

const message: Message = {
  ...{
    id: 1,
    mailServerId: 1,
    rawMailId: 1,
    token: 't',
    scope: 'outgoing',
    status: 'sent',
    rcptTo: 'a@b.example',
    mailFrom: 'c@d.example',
  },
  ...{ subject: null, messageId: null, size: 1, domainId: null, credentialId: null, routeId: null, endpointType: null, endpointId: null },
  ...{ bounce: false, bounceForId: null, tag: null, receivedWithTls: true, holdExpiresAt: null, lastDeliveryAt: null },
  ...{ openedAt: null, clickedAt: null, createdAt: at(0) },
}
const delivery = (minute: number, status: Delivery['status']): Delivery => ({
  ...{ id: minute, messageId: 1, mailServerId: 1, status, details: '', output: '', sentWithTls: null, logId: null, ms: null },
  createdAt: at(minute),
})
const event = (minute: number, kind: Event['kind'], data: Event['data'] = {}): Event => ({
  ...{ id: minute, mailServerId: 1, messageId: 1, sequence: minute, kind, data },
  at: at(minute),
})
const entry = (state: QueuedEntry['state'], minute: number, attempts: number): QueuedEntry => ({
  ...{ messageId: 1, scope: 'outgoing', domain: 'b.example', state, attempts, manual: false, uncertain: false },
  dueAt: at(minute),
  createdAt: at(0),
})

it('merges deliveries and visits, the latest first, and what comes next before them', () => {
  const timeline = timelineOf({
    message,
    deliveries: [delivery(1, 'soft_failed'), delivery(5, 'sent')],
    attempts: [],
    events: [
      event(1, 'delayed'),
      event(5, 'sent'),
      event(7, 'opened'),
      event(6, 'opened'),
      event(9, 'clicked', { url: 'https://x.example/', automated: true }),
    ],
    entry: entry('ready', 30, 2),
  })
  expect(timeline.map((one) => [one.kind, one.at.getUTCMinutes()])).toEqual([
    ['next', 30],
    ['visit', 9],
    ['visit', 7],
    ['visit', 6],
    ['delivery', 5],
    ['delivery', 1],
    ['accepted', 0],
  ])
  expect(timeline[1]).toMatchObject({ visit: 'clicked', url: 'https://x.example/', automated: true, ipAddress: null })
})

describe('in words', () => {
  const say = (status: Message['status'], queued?: QueuedEntry, holdExpiresAt: Date | null = null) =>
    inWords({ message: { status, scope: 'outgoing', holdExpiresAt }, entry: queued, now: at(10), timeZone: 'UTC' })

  it.each([
    ['pending', entry('ready', 10, 0), 'Waiting in the queue. The first attempt is due now.'],
    ['pending', entry('claimed', 10, 0), 'Being delivered right now.'],
    ['pending', undefined, 'Not delivered, and no longer in the queue: somebody took it out.'],
    ['soft_failed', entry('ready', 22, 1), 'Not delivered yet. One attempt has not succeeded; the next one comes in 12 minutes.'],
    ['soft_failed', entry('ready', 22, 3), 'Not delivered yet. 3 attempts have not succeeded; the next one comes in 12 minutes.'],
    ['sent', undefined, 'Delivered: the receiving mail server has taken it.'],
    ['sent', entry('ready', 10, 0), 'Delivered: the receiving mail server has taken it. Another attempt is queued.'],
    ['hard_failed', undefined, 'Could not be delivered. It will not be tried again by itself.'],
  ] as const)('%s says what is and what comes', (status, queued, words) => {
    expect(say(status, queued)).toBe(words)
  })

  it('held says until when', () => {
    expect(say('held', undefined, at(59))).toBe(
      'Held back. It waits until 1 Jan 2027, 12:59:00 for somebody to release it or to cancel the hold.',
    )
    expect(say('held')).toBe('Held back. It waits for somebody to release it or to cancel the hold.')
  })
})
