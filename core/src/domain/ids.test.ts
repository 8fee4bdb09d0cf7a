/** Ids: they follow time, never repeat, and survive clocks that misbehave. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIds, firstIdAt, ID_EPOCH_MS, idTime, NODES_MAX } from './ids.ts'

const at = (ms: number) => new Date(ID_EPOCH_MS + ms)
const movable = (start: number) => {
  const clock = { ms: start, now: () => at(clock.ms) }
  return clock
}

describe('ids', () => {
  it('tell when they were made', () => {
    const newId = createIds({ node: 5, clock: () => at(1_000) })
    expect(idTime(newId())).toEqual(at(1_000))
    expect(newId()).toBeGreaterThanOrEqual(firstIdAt(at(1_000)))
    expect(newId()).toBeLessThan(firstIdAt(at(1_001)))
  })

  it('stay below 2^53 until 2095', () => {
    const newId = createIds({ node: NODES_MAX - 1, clock: () => new Date('2095-01-01T00:00:00Z') })
    expect(Number.isSafeInteger(newId())).toBe(true)
  })

  it('of different nodes never collide, however the same their clocks are', () => {
    const makers = Array.from({ length: NODES_MAX }, (_, node) => createIds({ node, clock: () => at(7) }))
    const ids = makers.flatMap((newId) => Array.from({ length: 200 }, newId))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('borrow from the next millisecond when the sequence is used up', () => {
    const newId = createIds({ node: 0, clock: () => at(10) })
    const ids = Array.from({ length: 1_000 }, newId)
    expect(new Set(ids).size).toBe(1_000)
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    expect(idTime(ids[999] ?? 0).getTime()).toBe(at(10 + Math.floor(999 / 64)).getTime())
  })

  it('stand still while the clock goes backwards, and go on when it has caught up', () => {
    const clock = movable(5_000)
    const newId = createIds({ node: 0, clock: clock.now })
    const before = newId()
    clock.ms = 2_000
    const during = newId()
    expect(during).toBeGreaterThan(before)
    clock.ms = 6_000
    expect(idTime(newId())).toEqual(at(6_000))
  })

  it('are refused when the clock is too far behind, instead of coming from the future', () => {
    const clock = movable(60_000)
    const newId = createIds({ node: 0, clock: clock.now })
    newId()
    clock.ms = 0
    expect(newId).toThrow(RangeError)
  })

  it('begin after those of the node’s former holder', () => {
    const newId = createIds({ node: 0, clock: () => at(10), lastMs: at(12).getTime() })
    expect(newId()).toBeGreaterThan(firstIdAt(at(12)) + 63)
  })

  it('rise whatever the clock does within the limits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 300 }), (steps) => {
        const clock = movable(100_000)
        const newId = createIds({ node: 3, clock: clock.now })
        let last = newId()
        for (const step of steps) {
          clock.ms = Math.max(98_000, clock.ms + step)
          const id = newId()
          if (id <= last) return false
          last = id
        }
        return true
      }),
    )
  })

  it.each([-1, NODES_MAX, 1.5])('are not made for node %s', (node) => {
    expect(() => createIds({ node, clock: () => at(0) })).toThrow(RangeError)
  })
})
