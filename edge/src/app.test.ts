/** Promises of the tracking app that need a broken or slow world around it; the others are in `test/contract`. */
import type { TrackingEvent } from '@posthaste/shared/tracking/event.ts'
import { createTokenSigner, dayOf, type Purpose, type TrackingKeys } from '@posthaste/shared/tracking/token.ts'
import { describe, expect, it } from 'vitest'
import { createTrackingApp } from './app.ts'
import { createUlids } from './new-ulid.ts'
import type { TrackingOptions } from './tracker.ts'

const HOST = 'track.example.com'
const clock = () => new Date('2026-11-21T12:00:00Z')
const keys: TrackingKeys = { current: 1, keys: new Map([[1, new Uint8Array(32).fill(7)]]) }
const sign = createTokenSigner(keys)

function path(purpose: Purpose): string {
  const leads = purpose === 'click' || purpose === 'redirect'
  const token = sign(
    { purpose, mailServerId: 41, messageId: 42, link: 1, issuedDay: dayOf(clock()), destination: leads ? 'https://example.com/' : '' },
    HOST,
  )
  return `http://${HOST}/${purpose.charAt(0)}/${token}`
}

function tracking(options: Partial<TrackingOptions> = {}) {
  const events: TrackingEvent[] = []
  const faults: unknown[] = []
  const background: Promise<void>[] = []
  const app = createTrackingApp({
    keys,
    sink: async (more) => void events.push(...more),
    clock,
    newUlid: createUlids(clock),
    clientAddress: () => '192.0.2.1',
    afterResponse: (_c, work) => void background.push(work),
    onFault: (fault) => faults.push(fault),
    ...options,
  })
  return { app, events, faults, background }
}

const broken: Partial<TrackingOptions> = { sink: () => Promise.reject(new Error('queue is away')) }

describe('a recipient', () => {
  it('is led on, or gets the pixel, when recording fails', async () => {
    const throwing: Partial<TrackingOptions> = {
      sink: () => {
        throw new Error('at once')
      },
    }
    const lost: Partial<TrackingOptions> = {
      clientAddress: () => {
        throw new Error('no address')
      },
    }
    for (const trouble of [broken, throwing, lost]) {
      const { app, faults, background } = tracking(trouble)
      expect((await app.request(path('click'))).status).toBe(302)
      expect((await app.request(path('open'))).status).toBe(200)
      await Promise.all(background)
      expect(faults).toHaveLength(2)
    }
  })

  it('does not wait for the recording', async () => {
    const { app } = tracking({ sink: () => new Promise(() => undefined) })
    expect((await app.request(path('click'))).status).toBe(302)
  })

  it('is told to try again when an unsubscription could not be recorded', async () => {
    const { app } = tracking(broken)
    expect((await app.request(path('unsubscribe'), { method: 'POST' })).status).toBe(503)
  })

  it('is led nowhere by a revoked link', async () => {
    const { app, events } = tracking({
      revocations:
        async () =>
        ({ messageId }) =>
          messageId === 42,
    })
    for (const purpose of ['click', 'open', 'redirect', 'unsubscribe'] as const) expect((await app.request(path(purpose))).status).toBe(404)
    expect(events).toEqual([])
  })
})

it('a recorded visit tells what, when, where and by whom', async () => {
  const { app, events } = tracking({ clientCountry: () => 'NZ' })
  await app.request(path('click'), { headers: { Host: HOST, 'User-Agent': 'Mozilla/5.0 (X11) Firefox/140.0' } })
  expect(events).toEqual([
    {
      id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      kind: 'clicked',
      at: clock().getTime(),
      mailServerId: 41,
      messageId: 42,
      link: 1,
      url: 'https://example.com/',
      host: HOST,
      ipAddress: '192.0.2.1',
      country: 'NZ',
      userAgent: 'Mozilla/5.0 (X11) Firefox/140.0',
      automated: false,
    },
  ])
})
