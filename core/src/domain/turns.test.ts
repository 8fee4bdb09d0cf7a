import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

function filled(items: readonly (readonly [line: string, item: number])[]) {
  const turns = createTurns<number>()
  for (const [line, item] of items) turns.add(line, item)
  return turns
}

const takeAll = (turns: { take: () => number | undefined }): number[] => {
  const taken: number[] = []
  for (let item = turns.take(); item !== undefined; item = turns.take()) taken.push(item)
  return taken
}

it('takes one from each line in turn', () => {
  const turns = filled([
    ['a', 1],
    ['a', 2],
    ['a', 3],
    ['b', 4],
    ['c', 5],
    ['b', 6],
  ])
  expect(takeAll(turns)).toEqual([1, 4, 5, 2, 6, 3])
})

it('a cut keeps those whose turns come first, in their lines, and loses nobody', () => {
  const entry = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer())
  fc.assert(
    fc.property(fc.array(entry), fc.integer({ min: 0, max: 20 }), (entries, keep) => {
      const inTurn = takeAll(filled(entries))
      const turns = filled(entries)
      const cut = turns.cut(keep)
      expect(turns.size()).toBe(Math.min(keep, entries.length))
      expect(turns.sizeOf('a') + turns.sizeOf('b') + turns.sizeOf('c')).toBe(turns.size())
      expect(takeAll(turns)).toEqual(inTurn.slice(0, keep))
      expect(cut.toSorted()).toEqual(inTurn.slice(keep).toSorted())
      expect(turns.lines()).toBe(0)
    }),
  )
})
