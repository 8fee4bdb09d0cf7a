/** Promises about events on their way from the Queue to the core. */
import { openBatch } from '@posthaste/shared/tracking/batch.ts'
import type { TrackingEvent } from '@posthaste/shared/tracking/event.ts'
import type { TrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import { expect, it } from 'vitest'
import { createUlids } from './new-ulid.ts'
import { type CoreIngest, postEvents } from './post-events.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const clock = () => NOW
const newUlid = createUlids(clock)
const keys: TrackingKeys = { current: 1, keys: new Map([[1, new Uint8Array(32).fill(7)]]) }
const newEvent = (): TrackingEvent => ({
  id: newUlid(),
  kind: 'opened',
  at: NOW.getTime(),
  mailServerId: 41,
  messageId: 42,
  link: 0,
  host: 'track.example.com',
  ipAddress: '192.0.2.1',
  userAgent: 'Mozilla/5.0',
  automated: true,
})

function queued(body: unknown, attempts = 1) {
  const fate: { acked: boolean; delaySeconds?: number } = { acked: false }
  const message = {
    body,
    attempts,
    ack: () => {
      fate.acked = true
    },
    retry: ({ delaySeconds }: { delaySeconds: number }) => {
      fate.delaySeconds = delaySeconds
    },
  }
  return { message, fate }
}

function core(status: number | Error) {
  const posted: string[] = []
  const faults: unknown[] = []
  const given: CoreIngest = {
    url: 'https://core.example.com/ingest/events',
    keys,
    clock,
    post: async (_url, init) => {
      posted.push(String(init.body))
      if (status instanceof Error) throw status
      return { ok: status >= 200 && status < 300, status }
    },
    onFault: (fault) => faults.push(fault),
  }
  return { given, posted, faults }
}

it('leave the Queue once the core has taken them', async () => {
  const events = [newEvent(), newEvent()]
  const messages = events.map((event) => queued(event))
  const { given, posted } = core(200)
  await postEvents(
    messages.map(({ message }) => message),
    given,
  )
  expect(messages.map(({ fate }) => fate)).toEqual([{ acked: true }, { acked: true }])
  expect(await openBatch(keys, posted[0] ?? '', NOW)).toEqual({ kind: 'opened', batch: { events } })
})

it('travel in batches of at most a hundred', async () => {
  const messages = Array.from({ length: 250 }, () => queued(newEvent()))
  const { given, posted } = core(204)
  await postEvents(
    messages.map(({ message }) => message),
    given,
  )
  expect(posted).toHaveLength(3)
  expect(messages.every(({ fate }) => fate.acked)).toBe(true)
})

it('wait longer from try to try, and at most an hour, while the core is away or refuses', async () => {
  for (const trouble of [503, 500, 401, 400, 302, new TypeError('connection lost')]) {
    const messages = [queued(newEvent(), 1), queued(newEvent(), 4), queued(newEvent(), 60)]
    const { given, faults } = core(trouble)
    await postEvents(
      messages.map(({ message }) => message),
      given,
    )
    expect(messages.map(({ fate }) => fate)).toEqual([
      { acked: false, delaySeconds: 5 },
      { acked: false, delaySeconds: 40 },
      { acked: false, delaySeconds: 3_600 },
    ])
    expect(faults).toHaveLength(1)
  }
})

it('are not held up by something in the Queue that is no event', async () => {
  const stray = queued({ hello: 'world' })
  const good = queued(newEvent())
  const { given } = core(200)
  await postEvents([stray.message, good.message], given)
  expect(good.fate).toEqual({ acked: true })
  expect(stray.fate).toEqual({ acked: false, delaySeconds: 5 })
})
