/** Form tokens: the same browser's pass, others do not. */
import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { isFormToken, makeFormToken } from './form-token.ts'

it('accepts every token made for the same secret, though no two look alike', () => {
  const [one, other] = [makeFormToken('secret', randomBytes), makeFormToken('secret', randomBytes)]
  expect(one).not.toBe(other)
  expect([isFormToken('secret', one), isFormToken('secret', other)]).toEqual([true, true])
})

it('refuses tokens of another secret, cut, empty and invented ones', () => {
  const token = makeFormToken('secret', randomBytes)
  for (const wrong of [makeFormToken('other', randomBytes), token.slice(0, -4), '', 'x', Buffer.alloc(64).toString('base64url')])
    expect(isFormToken('secret', wrong)).toBe(false)
})
