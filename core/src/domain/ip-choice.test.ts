import { describe, expect, it } from 'vitest'
import { inOrderFor, poolByRules } from './ip-choice.ts'

const addresses = [
  { id: 1, priority: 50 },
  { id: 2, priority: 100 },
  { id: 3, priority: 0 },
]
const keys = Array.from({ length: 6_000 }, (_, n) => `7 0 site${n}`)

describe('the choice of an address', () => {
  it('gives each its true share', () => {
    const first = keys.filter((key) => inOrderFor(key, addresses)[0]?.id === 1).length
    expect(first / keys.length).toBeCloseTo(1 / 3, 1)
    expect(keys.some((key) => inOrderFor(key, addresses)[0]?.id === 3)).toBe(false)
  })

  it('stays the same for the same stream and site, and moves only the keys of an address that is gone', () => {
    const without = addresses.filter(({ id }) => id !== 1)
    for (const key of keys.slice(0, 500)) {
      const chosen = inOrderFor(key, addresses)[0]?.id
      expect(inOrderFor(key, addresses)[0]?.id).toBe(chosen)
      if (chosen !== 1) expect(inOrderFor(key, without)[0]?.id).toBe(chosen)
    }
  })

  it('falls to one of priority 0 only when there is no other', () => {
    expect(inOrderFor('x', [{ id: 3, priority: 0 }])[0]?.id).toBe(3)
  })
})

describe('rules', () => {
  const rules = [
    { ipPoolId: 1, fromText: 'news@shop.test\nbulk.test', toText: '' },
    { ipPoolId: 2, fromText: '', toText: 'GMAIL.com' },
  ]
  it.each([
    ['news+july@Shop.Test', 'ana@x.test', 1],
    ['any@bulk.test', 'ana@x.test', 1],
    ['any@sub.bulk.test', 'ana@x.test', undefined],
    ['any@shop.test', 'ana@gmail.com', 2],
    ['news@shop.test', 'ana@gmail.com', 1],
  ])('from %s to %s use pool %s', (from, rcptTo, pool) => {
    expect(poolByRules(rules, { from: [from], rcptTo })).toBe(pool)
  })
})
