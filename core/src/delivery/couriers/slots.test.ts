import { expect, it } from 'vitest'
import { createSlots } from './slots.ts'

it('everybody gets a place behind the others, none too soon', () => {
  const slots = createSlots(() => 0.5)
  expect([1, 2, 3].map(() => slots.next(1_000_000, 10_000, 100))).toEqual([10_100, 10_200, 10_300])
  expect(slots.next(1_005_000, 0, 100)).toBe(5_400)
  expect(slots.next(1_100_000, 0, 100)).toBe(2_000)
})

it('who would come back after minutes comes back at some time around then', () => {
  const slots = createSlots(() => 0.9)
  expect(slots.next(0, 0, 299_000)).toBe(299_000)
  expect(slots.next(0, 0, 2_000)).toBe(420_000)
  expect(slots.next(0, 0, 500)).toBe(299_500)
})
