/** Promises of batches on their way from the edge to the core. */
import { CompactSign, decodeProtectedHeader, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { openBatch, signBatch } from './batch.ts'
import type { TrackingBatch } from './event.ts'
import { formatTrackingKeys, parseTrackingKeys, type TrackingKeys } from './keys.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const minutesLater = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000)
const keys: TrackingKeys = { current: 3, keys: new Map([[3, new Uint8Array(32).fill(7)]]) }
const batch: TrackingBatch = {
  events: [
    {
      id: '01KAKV8Z6Y0000000000000000',
      kind: 'clicked',
      at: NOW.getTime(),
      mailServerId: 41,
      messageId: 42,
      link: 1,
      url: 'https://example.com/日本',
      host: 'track.example.com',
      ipAddress: '192.0.2.1',
      userAgent: 'Mozilla/5.0',
      automated: false,
    },
  ],
}

describe('a batch', () => {
  it('arrives as it was sent', async () => {
    expect(await openBatch(keys, await signBatch(keys, batch, NOW), minutesLater(4))).toEqual({ kind: 'opened', batch })
  })

  it('names the key that signed it, so that keys can rotate', async () => {
    const jws = await signBatch(keys, batch, NOW)
    expect(decodeProtectedHeader(jws)).toMatchObject({ alg: 'HS256', kid: '3' })
    const rotated: TrackingKeys = { current: 4, keys: new Map([...keys.keys, [4, new Uint8Array(32).fill(8)]]) }
    expect((await openBatch(rotated, jws, NOW)).kind).toBe('opened')
  })

  it('is refused when sent more than five minutes ago or ahead', async () => {
    const jws = await signBatch(keys, batch, NOW)
    expect(await openBatch(keys, jws, minutesLater(6))).toEqual({ kind: 'unproven' })
    expect(await openBatch(keys, jws, minutesLater(-6))).toEqual({ kind: 'unproven' })
  })

  it('is refused when its signature is another key’s, is missing or does not fit', async () => {
    const jws = await signBatch(keys, batch, NOW)
    const [header, payload, signature] = jws.split('.')
    const others = [
      await signBatch({ current: 3, keys: new Map([[3, new Uint8Array(32).fill(9)]]) }, batch, NOW),
      await signBatch({ current: 5, keys: new Map([[5, new Uint8Array(32).fill(7)]]) }, batch, NOW),
      new UnsecuredJWT({ events: [] }).encode(),
      `${header}.${payload}.`,
      `${header}.${Buffer.from('{}').toString('base64url')}.${signature}`,
      `${jws}x`,
      '',
      'a.b.c',
    ]
    for (const other of others) expect(await openBatch(keys, other, NOW), other).toEqual({ kind: 'unproven' })
  })

  it('is refused when it was signed with the master key for something else', async () => {
    const raw = await new CompactSign(new TextEncoder().encode('{}'))
      .setProtectedHeader({ alg: 'HS256', kid: '3', typ: 'posthaste-events' })
      .sign(new Uint8Array(32).fill(7))
    expect(await openBatch(keys, raw, NOW)).toEqual({ kind: 'unproven' })
  })

  it('of more than a hundred events is malformed', async () => {
    const many = { events: Array.from({ length: 101 }, () => batch.events).flat() }
    expect(await openBatch(keys, await signBatch(keys, many, NOW), NOW)).toEqual({ kind: 'malformed' })
  })
})

describe('tracking keys', () => {
  it('are read back as they were written', () => {
    expect(parseTrackingKeys(formatTrackingKeys(keys))).toEqual(keys)
  })

  it('are refused when short, unnamed or without the current one', () => {
    const key = Buffer.alloc(32).toString('base64')
    for (const wrong of [
      { current: 1, keys: {} },
      { current: 1, keys: { 1: 'AAAA' } },
      { current: 1, keys: { x: key } },
      { current: 256, keys: { 256: key } },
      {},
    ]) {
      expect(() => parseTrackingKeys(JSON.stringify(wrong))).toThrow()
    }
  })
})
