/** The forms in which receivers ask for time. */
import { expect, it } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = new Date('2026-11-21T10:00:00Z')

it('reads seconds and dates, and takes anything else as nothing', () => {
  expect(retryAfterMs('120', now)).toBe(120_000)
  expect(retryAfterMs(' 0 ', now)).toBe(0)
  expect(retryAfterMs('Sat, 21 Nov 2026 10:00:30 GMT', now)).toBe(30_000)
  expect(retryAfterMs('Sat, 21 Nov 2026 09:00:00 GMT', now)).toBe(0)
  for (const text of [null, '', 'soon', '-5', '1.5', '99999999999', '2026-11-21']) expect(retryAfterMs(text, now)).toBeUndefined()
})
