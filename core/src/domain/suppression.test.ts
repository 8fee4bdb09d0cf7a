import { describe, expect, it } from 'vitest'
import { endsBySuccess, suppressedUntil, suppressionReason } from './suppression.ts'

const NOW = new Date('2027-01-01T00:00:00Z')
const DAY_MS = 86_400_000
const days = (reason: string, source: 'delivery' | 'bounce' | 'complaint' | 'manual') => {
  const until = suppressedUntil(reason, source, NOW, 30 * DAY_MS)
  return until && (until.getTime() - NOW.getTime()) / DAY_MS
}

describe('a suppression', () => {
  it('lasts long for what is gone, shorter for what may come back, and for ever for who complained', () => {
    expect(days(suppressionReason('unknown_user'), 'delivery')).toBe(360)
    expect(days(suppressionReason('mailbox_disabled'), 'bounce')).toBe(30)
    expect(days('mailbox full', 'bounce')).toBe(15)
    expect(days('too many soft fails', 'delivery')).toBe(30)
    expect(days('complaint', 'complaint')).toBeNull()
    expect(days('asked by phone', 'manual')).toBeNull()
  })

  it('lasts the usual time for a failure that the table does not name', () => {
    expect(days('other permanent', 'bounce')).toBe(30)
  })

  it('ends by a mail that arrives when a failure was the reason, never when a person was', () => {
    expect(endsBySuccess('unknown user')).toBe(true)
    expect(endsBySuccess('Mailbox-Full')).toBe(true)
    expect(['complaint', 'unsubscribed', 'asked by phone'].map(endsBySuccess)).toEqual([false, false, false])
  })
})
