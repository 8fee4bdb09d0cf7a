import { expect, it } from 'vitest'
import { createLines } from './lines.ts'

const NOW = Date.UTC(2030, 0, 1)
const open = ({ atOnce = 1, readyMax = 0 } = {}) => {
  const lines = createLines({ atOnce, readyMax, clock: () => new Date(NOW), random: () => 0.5 })
  const run = <T>(waiter: { place: string; tenant: number }, work: () => Promise<T>) =>
    lines.run({ ...waiter, prepare: () => Promise.resolve(), work })
  return { ...lines, run }
}
const pending = () => Promise.withResolvers<void>()
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('lets so many work at a place at once, tenants in turn, and those at other places go ahead', async () => {
  const { run } = open()
  const first = pending()
  const began: string[] = []
  const enter = (place: string, tenant: number, name: string, until = Promise.resolve()) =>
    run({ place, tenant }, () => {
      began.push(name)
      return until
    })
  const all = [
    enter('a', 1, 'first of 1', first.promise),
    enter('a', 1, 'second of 1'),
    enter('a', 1, 'third of 1'),
    enter('a', 2, 'first of 2'),
    enter('b', 1, 'elsewhere'),
  ]
  await turn()
  expect(began).toEqual(['first of 1', 'elsewhere'])
  first.resolve()
  await Promise.all(all)
  expect(began.slice(2)).toEqual(['second of 1', 'first of 2', 'third of 1'])
})

it('goes on after work that failed', async () => {
  const { run } = open()
  const failing = run({ place: 'a', tenant: 1 }, () => Promise.reject(new Error('lost')))
  const next = run({ place: 'a', tenant: 1 }, () => Promise.resolve('done'))
  await expect(failing).rejects.toThrow('lost')
  expect(await next).toBe('done')
})

it('sends away who would wait too long when others need the room, and nobody else', async () => {
  const { run, relieve } = open()
  const first = pending()
  const all = Array.from({ length: 21 }, (_, n) =>
    run({ place: 'slow', tenant: 1 }, () => (n === 0 ? first.promise.then(() => 0) : Promise.resolve(n))),
  )
  const other = run({ place: 'other', tenant: 1 }, () => Promise.resolve('served'))
  await turn()
  relieve() // a first guess is a second each: ten can be served soon
  first.resolve()
  const ends = await Promise.all(all)
  expect(ends.slice(0, 11)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(ends.slice(11)).toEqual(
    Array.from({ length: 10 }, (_, n) => ({ kind: 'later', at: new Date(NOW + 11_000 + n * 1_000), why: 'busy' })),
  )
  expect(await other).toBe('served')
})

it('hands back whoever waits when the process is about to end, and takes nobody more', async () => {
  const { run, handBack } = open()
  const first = pending()
  const enter = () => run({ place: 'a', tenant: 1 }, () => first.promise)
  const [working, waiting] = [enter(), enter()]
  await turn()
  handBack()
  const stopping = { kind: 'later', at: new Date(NOW), why: 'stopping' }
  expect([await waiting, await enter()]).toEqual([stopping, stopping])
  first.resolve()
  expect(await working).toBeUndefined()
})

it('has some prepare while others work, no more than may, and keeps those it has prepared', async () => {
  const lines = createLines({ atOnce: 1, readyMax: 2, clock: () => new Date(NOW), random: () => 0.5 })
  const first = pending()
  const log: string[] = []
  const all = Array.from({ length: 5 }, (_, n) =>
    lines.run({
      ...{ place: 'a', tenant: 1 },
      prepare: async () => void log.push(`prepare ${n}`),
      work: async () => {
        log.push(`work ${n}`)
        await (n === 0 ? first.promise : undefined)
        return n
      },
    }),
  )
  await turn()
  expect(log).toEqual(['prepare 0', 'prepare 1', 'prepare 2', 'work 0'])
  lines.handBack()
  first.resolve()
  expect((await Promise.all(all)).slice(0, 3)).toEqual([0, 1, 2])
  expect(log.slice(4)).toEqual(['work 1', 'work 2'])
})
