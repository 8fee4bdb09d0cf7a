import { expect, it } from 'vitest'
import { keptHeaders } from './kept-headers.ts'

it('keeps names, order and repeats', () => {
  expect(keptHeaders(['Date', 'Sat, 21 Nov 2026 10:00:00 GMT', 'X-A', '1', 'x-a', '2'])).toEqual([
    ['Date', 'Sat, 21 Nov 2026 10:00:00 GMT'],
    ['X-A', '1'],
    ['x-a', '2'],
  ])
})

it('shows no secret, and of signatures only the beginning', () => {
  const names = ['Set-Cookie', 'Authorization', 'X-CSRF-Token', 'x-api-key', 'X-Shop-Secret', 'X-Auth', 'X-Session-Id', 'X-Access-Key']
  expect(keptHeaders(names.flatMap((name) => [name, 'hush'])).map(([, value]) => value)).toEqual(names.map(() => '[redacted]'))
  expect(keptHeaders(['WWW-Authenticate', 'Basic'])).toEqual([['WWW-Authenticate', 'Basic']])
  expect(
    keptHeaders([
      'X-Postal-Signature-256',
      'c'.repeat(344),
      'webhook-signature',
      'v1,abcdefghijklmnop',
      'X-Postal-Signature-KID',
      'k'.repeat(64),
    ]),
  ).toEqual([
    ['X-Postal-Signature-256', `${'c'.repeat(12)}…`],
    ['webhook-signature', 'v1,abcdefghi…'],
    ['X-Postal-Signature-KID', 'k'.repeat(64)],
  ])
})

it('has an end, whatever a receiver sends', () => {
  const kept = keptHeaders(Array.from({ length: 4_000 }, () => 'x'.repeat(5_000)))
  expect(JSON.stringify(kept).length).toBeLessThan(20_000)
})
