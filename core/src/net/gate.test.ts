import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createGate } from './gate.ts'

it('lets no more out at once than it may, and all in the end', async () => {
  const gate = createGate({ atOnce: 3, patienceMs: 10_000 })
  let out = 0
  let most = 0
  const ask = async (n: number) => {
    out += 1
    most = Math.max(most, out)
    await wait(n % 4)
    out -= 1
    if (n % 5 === 0) throw new Error('no answer')
    return n
  }
  const settled = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => gate(() => ask(n))))
  expect(most).toBe(3)
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(40)
})

it('is not held up by questions that nobody answers, and counts each of them once', async () => {
  const gate = createGate({ atOnce: 2, patienceMs: 20 })
  const never = Array.from({ length: 2 }, () => Promise.withResolvers<string>())
  const silent = never.map(({ promise }) => gate(() => promise))
  expect(await gate(async () => 'answered')).toBe('answered')

  for (const { resolve } of never) resolve('late')
  expect(await Promise.all(silent)).toEqual(['late', 'late'])
  let out = 0
  const held = Array.from({ length: 3 }, () => gate(() => new Promise<void>(() => (out += 1))))
  await Promise.resolve()
  expect(out).toBe(2)
  expect(held).toHaveLength(3)
})
