/** Pooled randomness is as good as what it is drawn from. */
import { expect, it } from 'vitest'
import { pooled } from './random-pool.ts'

/** 0, 1, 2, … as if drawn at random: every byte tells where it comes from. */
function counting() {
  let next = 0
  let draws = 0
  const draw = (length: number) => {
    draws += 1
    return Uint8Array.from({ length }, () => next++ % 256)
  }
  return { draw, draws: () => draws }
}

it('gives no byte twice, and draws rarely', () => {
  const { draw, draws } = counting()
  const take = pooled(draw, 64)
  const given = Array.from({ length: 16 }, () => [...take(16)]).flat()
  expect(new Set(given).size).toBe(256)
  expect(draws()).toBe(4)
})

it('gives as many as are asked for, also more than it holds', () => {
  const take = pooled(counting().draw, 64)
  expect([1, 60, 10, 64, 1_000].map((length) => take(length).length)).toEqual([1, 60, 10, 64, 1_000])
})

it('leaves what it has given to the taker alone', () => {
  const take = pooled(counting().draw, 64)
  const first = take(4)
  take(60)
  expect([...first]).toEqual([0, 1, 2, 3])
})
