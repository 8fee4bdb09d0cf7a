/** Wall clocks to moments, also on the days when clocks change. */
import { expect, it } from 'vitest'
import { fromLocalTime, startOfDay } from './zoned-time.ts'

const at = (text: string) => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = text.split(/\D/).map(Number)
  return { year, month, day, hour, minute }
}

it.each([
  ['2026-11-21 14:05', 'UTC', '2026-11-21T14:05:00.000Z'],
  ['2026-11-21 14:05', 'Europe/Berlin', '2026-11-21T13:05:00.000Z'],
  ['2026-07-21 14:05', 'Europe/Berlin', '2026-07-21T12:05:00.000Z'],
  ['2026-11-21 00:00', 'Asia/Kathmandu', '2026-11-20T18:15:00.000Z'],
  ['2026-11-21 23:30', 'Pacific/Kiritimati', '2026-11-21T09:30:00.000Z'],
  ['2026-03-29 02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'], // skipped: read as 03:30
  ['2026-10-25 02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'], // twice: the first
])('reads %s in %s as %s', (text, timeZone, expected) => {
  expect(fromLocalTime(at(text), timeZone)?.toISOString()).toBe(expected)
})

it('knows no 30th of February and no 25th hour', () => {
  expect(fromLocalTime(at('2026-02-30 00:00'), 'UTC')).toBeUndefined()
  expect(fromLocalTime(at('2026-02-01 25:00'), 'UTC')).toBeUndefined()
})

it('finds midnight', () => {
  expect(startOfDay(new Date('2026-11-21T23:30:00Z'), 'Europe/Berlin').toISOString()).toBe('2026-11-21T23:00:00.000Z')
  expect(startOfDay(new Date('2026-11-21T03:30:00Z'), 'America/New_York').toISOString()).toBe('2026-11-20T05:00:00.000Z')
})
