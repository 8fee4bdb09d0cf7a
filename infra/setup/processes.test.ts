/** Other programs are run, told apart and ended. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { summary } from './check.mjs'
import { describe as describeFailure, essence, SetupFailure, soundsOffline } from './failure.mjs'
import { takeLock } from './lock.mjs'
import { exitCode } from './processes.mjs'

it('passes an exit code on, and counts signals as a shell does', () => {
  expect(exitCode(3, null)).toBe(3)
  expect(exitCode(null, 'SIGTERM')).toBe(143)
  expect(exitCode(null, null)).toBe(1)
})

it('says of a failure which step, why, what to do, and where the log is', () => {
  const text = describeFailure(new SetupFailure({ step: 'fetch the moon', why: 'too far', advice: 'Build a ladder.' }))
  expect(text.split('\n')).toEqual([
    'setup: could not: fetch the moon',
    '  why:  too far',
    '  do:   Build a ladder.',
    '  log:  .data/logs/setup.log',
    '',
  ])
})

it('picks the errors out of a long output', () => {
  expect(essence('npm warn old\nnpm error code EAI_AGAIN\nnpm error A complete log of this run can be found in: /x\n')).toBe(
    'npm error code EAI_AGAIN',
  )
  expect(essence('one\ntwo\nthree\n')).toBe('two | three')
})

it('tells an unreachable registry from other faults', () => {
  expect(soundsOffline('npm error request to https://registry.npmjs.org/pnpm failed, reason: getaddrinfo EAI_AGAIN')).toBe(true)
  expect(soundsOffline('ERR_PNPM_OUTDATED_LOCKFILE')).toBe(false)
})

it('quotes how many tests have passed', () => {
  expect(summary(' Test Files  3 passed (3)\n      Tests  41 passed | 2 skipped (43)\n')).toBe(': 41 passed | 2 skipped (43)')
  expect(summary('Checked 3 files')).toBe('')
})

it('lets a second set-up in only when the first has ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'))
  const order: string[] = []
  const release = await takeLock(join(folder, 'lock'))
  const second = takeLock(join(folder, 'lock')).then((releaseSecond) => {
    order.push('second')
    releaseSecond()
  })
  order.push('first')
  release()
  await second
  expect(order).toEqual(['first', 'second'])
  rmSync(folder, { recursive: true })
})
