/** Waiting ends when the condition holds, when it throws, or with a sentence that says what was missing. */
import { expect, it } from 'vitest'
import { until } from './until.ts'

it('answers with what the condition gave, as soon as it gives something', async () => {
  const answers = [undefined, 0, '', null, false, 'there', 'never asked']
  expect(await until(async () => answers.shift(), { what: 'an answer' })).toBe('there')
  expect(answers).toEqual(['never asked'])
})

it('says what it waited for, and what it found instead', async () => {
  await expect(until(() => false, { what: 'the mail', timeoutMs: 5 })).rejects.toThrow('waited 5 ms for the mail')
  await expect(until(() => false, { what: () => 'three, having two', timeoutMs: 5 })).rejects.toThrow('three, having two')
})

it('does not hide a fault behind a time-out', async () => {
  const broken = () => {
    throw new TypeError('no such table')
  }
  await expect(until(broken, { what: 'rows' })).rejects.toThrow('no such table')
})
