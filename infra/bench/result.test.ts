import { expect, it } from 'vitest'
import { compare, compareLess, formatTable } from './result.ts'

const row = { name: 'accept', unit: 'messages/s', peer: 'postfix', note: '' }

it('meets a goal when the ratio reaches it', () => {
  expect(compare({ ...row, value: 2_800, peerValue: 700, goal: 4 })).toMatchObject({ ratio: 4, met: true })
  expect(compare({ ...row, value: 2_700, peerValue: 700, goal: 4 })).toMatchObject({ ratio: 3.86, met: false })
})

it('turns the ratio round where less is better, so that a higher one is always better', () => {
  expect(compareLess({ ...row, value: 20, peerValue: 50, goal: 1 })).toMatchObject({ ratio: 2.5, met: true })
  expect(compareLess({ ...row, value: 60, peerValue: 50, goal: 1 })).toMatchObject({ ratio: 0.833, met: false })
})

it('never meets a goal by rounding', () => {
  expect(compare({ ...row, value: 3_999, peerValue: 1_000, goal: 4 })).toMatchObject({ ratio: 4, met: false })
})

it('meets nothing when nothing was measured', () => {
  expect(compare({ ...row, value: 100, peerValue: 0, goal: 4 }).met).toBe(false)
  expect(compareLess({ ...row, value: 0, peerValue: 50, goal: 1 }).met).toBe(false)
})

it('aligns the columns of the table', () => {
  const [head = '', line = ''] = formatTable([compare({ ...row, value: 2_800, peerValue: 700, goal: 4 })]).split('\n')
  expect(line.indexOf('messages/s')).toBe(head.indexOf('unit'))
})
