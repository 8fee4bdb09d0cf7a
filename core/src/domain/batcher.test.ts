/** Group commit: what arrives while a batch is written makes up the next one, and a bad item harms only itself. */
import { expect, it } from 'vitest'
import { Batcher } from './batcher.ts'

/** A writer whose batches are let go by hand. */
function gate() {
  const batches: number[][] = []
  const waiting: (() => void)[] = []
  return {
    batches,
    open: () => waiting.shift()?.(),
    write: async (items: readonly number[]) => {
      batches.push([...items])
      await new Promise<void>((resolve) => waiting.push(resolve))
      return items.map((item) => item * 10)
    },
  }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('writes what arrives meanwhile as one batch, and answers each item with its own result', async () => {
  const { batches, open, write } = gate()
  const batcher = new Batcher({ write, itemsMax: 100 })
  const first = batcher.add(1)
  await turn()
  const rest = [2, 3, 4].map((item) => batcher.add(item))
  await turn()
  expect(batches).toEqual([[1]])
  open()
  await expect(first).resolves.toBe(10)
  await turn()
  expect(batches).toEqual([[1], [2, 3, 4]])
  open()
  await expect(Promise.all(rest)).resolves.toEqual([20, 30, 40])
})

it('keeps batches within their limits of number and weight, but takes a heavy item alone', async () => {
  const batches: number[][] = []
  const batcher = new Batcher<number, number>({
    write: async (items) => {
      batches.push([...items])
      return items
    },
    itemsMax: 3,
    weightMax: 10,
    weigh: (item) => item,
  })
  await Promise.all([1, 1, 1, 1, 9, 2, 50, 1].map((item) => batcher.add(item)))
  expect(batches).toEqual([[1, 1, 1], [1, 9], [2], [50], [1]])
})

it('lets a bad item fail alone', async () => {
  const batcher = new Batcher<number, number>({
    write: async (items) => {
      if (items.includes(13)) throw new Error('bad')
      return items
    },
    itemsMax: 10,
  })
  const results = await Promise.allSettled([1, 13, 2].map((item) => batcher.add(item)))
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

it('fails all of a batch at once when no single item is to blame', async () => {
  let writes = 0
  const batcher = new Batcher<number, number>({
    write: async () => {
      writes += 1
      throw new Error('away')
    },
    itemsMax: 10,
    isShared: () => true,
  })
  const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)))
  expect(results.every((result) => result.status === 'rejected')).toBe(true)
  expect(writes).toBe(1)
})

it('is idle only when nothing waits and nothing is being written', async () => {
  const { open, write } = gate()
  const batcher = new Batcher({ write, itemsMax: 1 })
  void batcher.add(1)
  void batcher.add(2)
  let idle = false
  void batcher.idle().then(() => {
    idle = true
  })
  await turn()
  open()
  await turn()
  expect(idle).toBe(false)
  open()
  await turn()
  await turn()
  expect(idle).toBe(true)
})
