/** What the user types reaches the command as typed. */
import { expect, it } from 'vitest'
import { parseArguments } from './arguments.mjs'

it('hands everything after the command to the command', () => {
  expect(parseArguments(['test', 'core/src/mail', '--project', 'unit'])).toEqual({
    name: 'test',
    args: ['core/src/mail', '--project', 'unit'],
  })
})

it('treats `pnpm test -- x` like `npm test -- x`', () => {
  expect(parseArguments(['bench', '--', 'accept', '--json'])).toEqual({ name: 'bench', args: ['accept', '--json'] })
})

it('drops only the first `--`, since a command may have its own', () => {
  expect(parseArguments(['posthaste', '--', 'run', '--', 'x'])).toEqual({ name: 'posthaste', args: ['run', '--', 'x'] })
})

it.each([[[]], [['deploy']], [['constructor']]])('knows no command %j', (typed) => {
  expect(parseArguments(typed)).toBeUndefined()
})
