/** Waits for a condition instead of sleeping; says what it waited for when it never came. */
import { setTimeout as wait } from 'node:timers/promises'

export type UntilOptions = {
  /** Ends the sentence "waited 15000 ms for …". A function is asked at the end, to tell what was there instead. */
  readonly what: string | (() => string)
  readonly timeoutMs?: number
}

type Truthy<T> = Exclude<T, undefined | null | false | 0 | ''>

/** Bounds failures alone, so it is for a machine that is busy with ten other things. */
const TIMEOUT_MS = 15_000
const PAUSE_FIRST_MS = 1
const PAUSE_MAX_MS = 50

/**
 * Resolves with the condition's answer as soon as it is truthy. Checks often at first and less often later.
 * @throws Error when it is still not true after `timeoutMs`; what the condition itself throws ends the wait at once.
 */
export async function until<T>(condition: () => T | Promise<T>, { what, timeoutMs = TIMEOUT_MS }: UntilOptions): Promise<Truthy<T>> {
  const end = performance.now() + timeoutMs
  for (let pause = PAUSE_FIRST_MS; ; pause = Math.min(pause * 2, PAUSE_MAX_MS)) {
    const answer = await condition()
    if (answer) return answer as Truthy<T> // what the `if` has just established
    if (performance.now() >= end) throw new Error(`waited ${timeoutMs} ms for ${typeof what === 'function' ? what() : what}`)
    await wait(pause)
  }
}
