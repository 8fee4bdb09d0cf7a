/** One set-up at a time in this folder: a lock that the kernel takes back when its holder dies, however it dies. */
// @ts-check
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SetupFailure } from './failure.mjs'
import { DATA } from './places.mjs'
import { note } from './progress.mjs'

const WAIT_MAX_S = 900
const SILENCE_MS = 1_000

/**
 * @template T
 * @param {() => Promise<T>} work
 */
export async function withLock(work) {
  mkdirSync(DATA, { recursive: true })
  const release = await takeLock(join(DATA, 'setup.lock'))
  try {
    return await work()
  } finally {
    release()
  }
}

/**
 * `flock` holds the lock for as long as our end of its pipe is open. Systems without it (macOS) go without the lock.
 * @param {string} file
 * @returns {Promise<() => void>}
 */
export async function takeLock(file) {
  const holder = spawn('flock', ['-w', String(WAIT_MAX_S), file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  const missing = once(holder, 'error').then(() => 'missing')
  const ended = once(holder, 'exit').then(() => 'ended')
  const held = once(holder.stdout, 'data').then(() => 'held')
  const patience = setTimeout(() => note('waiting for another set-up of this folder'), SILENCE_MS)
  const state = await Promise.race([missing, ended, held])
  clearTimeout(patience)
  if (state === 'ended') throw notTaken(file)
  return () => holder.stdin.end()
}

/** @param {string} file */
function notTaken(file) {
  return new SetupFailure({
    step: 'take the set-up lock',
    why: `${file} is held by another set-up for ${WAIT_MAX_S / 60} minutes, or it cannot be written`,
    advice: 'Wait for the other command to end, or see that you may write to .data, then start again.',
  })
}
