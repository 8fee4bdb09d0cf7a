/** Wakes a loop that has nothing to do: it sleeps until somebody rings, or for a while. */
import { setTimeout as wait } from 'node:timers/promises'

export type Alarm = {
  readonly ring: () => void
  /** Returns at once when it was rung since the last time. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

export function createAlarm(): Alarm {
  let rung = false
  let waking: AbortController | undefined
  return {
    ring: () => {
      rung = true
      waking?.abort()
    },
    sleep: async (ms, signal) => {
      if (!rung) {
        waking = new AbortController()
        await wait(ms, undefined, { signal: AbortSignal.any([signal, waking.signal]) }).catch(() => undefined)
        waking = undefined
      }
      rung = false
    },
  }
}
