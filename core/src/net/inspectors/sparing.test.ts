/** A scanner that does not answer costs one question for each rest; everybody else hears at once that it is away. */
import { beforeEach, expect, it } from 'vitest'
import { sparing } from './sparing.ts'

type Answer = { readonly kind: 'clean' | 'unavailable'; readonly by: 'scanner' | 'us' }

let now: number
let up: boolean
let asked: number
let held: (() => void)[]
let ask: (question: string) => Promise<Answer>

beforeEach(() => {
  now = Date.UTC(2030, 0, 1)
  up = false
  asked = 0
  held = []
  const scanner = async (question: string): Promise<Answer> => {
    asked += 1
    if (question === 'hangs') await new Promise<void>((resolve) => held.push(resolve))
    return { kind: up ? 'clean' : 'unavailable', by: 'scanner' }
  }
  ask = sparing(scanner, { away: { kind: 'unavailable', by: 'us' }, clock: () => new Date(now), random: () => 0 })
})

const times = (count: number) => Promise.all(Array.from({ length: count }, () => ask('mail')))

it('is not asked again after ten failures in a row, until it has rested', async () => {
  await times(10)
  expect(await ask('mail')).toEqual({ kind: 'unavailable', by: 'us' })
  now += 9_999
  await times(500)
  expect(asked).toBe(10)
  now += 1
  expect(await ask('mail')).toEqual({ kind: 'unavailable', by: 'scanner' })
  expect(asked).toBe(11)
})

it('is asked by one while it hangs, however many come', async () => {
  await times(10)
  now += 10_000
  const probe = ask('hangs')
  expect((await times(300)).every(({ by }) => by === 'us')).toBe(true)
  expect(asked).toBe(11)
  for (const answer of held) answer()
  expect(await probe).toEqual({ kind: 'unavailable', by: 'scanner' })
})

it('rests for a minute at most, and is asked about everything once it has answered', async () => {
  await times(10)
  const rests: number[] = []
  for (let probe = 0; probe < 5; probe += 1) {
    const before = now
    while ((await ask('mail')).by === 'us') now += 1_000
    rests.push((now - before) / 1_000)
  }
  expect(rests).toEqual([10, 20, 40, 60, 60])
  up = true
  now += 60_000
  expect(await ask('mail')).toEqual({ kind: 'clean', by: 'scanner' })
  expect((await times(50)).every(({ by }) => by === 'scanner')).toBe(true)
})

it('that fails for single mails goes on being asked about others', async () => {
  for (let mail = 0; mail < 40; mail += 1) {
    up = mail % 10 === 0
    expect((await ask('mail')).by).toBe('scanner')
  }
})
