import { expect, it } from 'vitest'
import { percentile, untilAtMost } from './timing.ts'

it('gives the value below which such a share lies', () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n)
  expect(percentile(values, 0.99)).toBe(99)
  expect(percentile(values, 0.5)).toBe(50)
  expect(percentile([7], 0.99)).toBe(7)
})

it('waits until the queue is short enough', async () => {
  let left = 5
  await untilAtMost(async () => left--, 2)
  expect(left).toBe(1)
})
