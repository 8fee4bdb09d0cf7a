import { expect, it } from 'vitest'
import { createRemembered } from './remembered.ts'

type Place = { name: string; worth: 'none' | 'some' | 'in use' }

function places(kept: number) {
  const remembered = createRemembered<Place>({ kept, worth: ({ worth }) => worth })
  const ask = (name: string, worth: Place['worth'] = 'some') => remembered.of(name, () => ({ name, worth }))
  return { ask, names: () => [...remembered.all()].map(({ name }) => name) }
}

it('is what it was while there is room', () => {
  const { ask, names } = places(10)
  expect(ask('a')).toBe(ask('a'))
  for (let n = 0; n < 9; n += 1) ask(`${n}`)
  expect(names()).toHaveLength(10)
})

it('is forgotten when it has no worth, and only then by age', () => {
  const { ask, names } = places(10)
  for (let n = 0; n < 10; n += 1) ask(`${n}`, n % 2 === 0 ? 'none' : 'some')
  ask('new')
  expect(names()).toEqual(['1', '3', '5', '7', '9', 'new'])
})

it('is forgotten when it was asked for longest ago, however much of worth there is', () => {
  const { ask, names } = places(10)
  for (let n = 0; n < 10_000; n += 1) {
    ask('often')
    ask(`${n}`)
    expect(names().length).toBeLessThanOrEqual(10)
  }
  expect(names()).toContain('often')
  expect(names().at(-1)).toBe('9999')
})

it('is never forgotten while it is in use', () => {
  const { ask, names } = places(10)
  const used = Array.from({ length: 20 }, (_, n) => ask(`${n}`, 'in use'))
  ask('new')
  expect(names()).toEqual([...used.map(({ name }) => name), 'new'])
  for (const place of used) place.worth = 'some'
  ask('newer')
  expect(names()).toHaveLength(10)
})
