import { expect, it } from 'vitest'
import { byMachine, isSilent, presentAddresses } from './presence.ts'

const NOW = new Date('2030-01-01T12:00:00Z')
const said = (machine: string, secondsAgo: number, ...addresses: string[]) => ({
  ...{ machine, addresses: new Set(addresses), seenAt: new Date(NOW.getTime() - secondsAgo * 1_000) },
})

it('counts for two minutes', () => {
  expect(isSilent(said('a', 120), NOW)).toBe(false)
  expect(isSilent(said('a', 121), NOW)).toBe(true)
  expect([
    ...presentAddresses([said('a', 10, '192.0.2.1'), said('b', 200, '192.0.2.2'), said('c', 0, '192.0.2.1', '192.0.2.3')], NOW),
  ]).toEqual(['192.0.2.1', '192.0.2.3'])
})

it('is for each machine what its latest worker said', () => {
  const [old, fresh, other] = [said('b', 900, '192.0.2.1'), said('b', 5, '192.0.2.2'), said('a', 40)]
  expect(byMachine([old, fresh, other])).toEqual([other, fresh])
  expect(byMachine([fresh, old])).toEqual([fresh])
})
