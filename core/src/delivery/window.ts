/** How many connections a site gets: a window that grows and shrinks by feedback, as Postfix does it (SCHEDULER_README). */

export type Window = {
  /** Connections allowed now; below 1 the site is dead. */
  readonly size: number
  /** Fractions of a step, kept so that 1/N per success makes one step per round. */
  readonly credit: number
  /** Rounds of connection failures in a row. */
  readonly failures: number
}

const WINDOW_FIRST = 5
export const WINDOW_MAX = 20
/** So many rounds of failure in a row make a site dead. */
const FAILURES_MAX = 3
/** A loss must add up to a whole connection before the window shrinks, so that single faults do not make it swing. */
const HYSTERESIS = 1 - 1e-9 // N times 1/N is a little less than 1

export const openWindow = (size = WINDOW_FIRST): Window => ({ size, credit: 0, failures: 0 })

export const isDead = (window: Window): boolean => window.failures >= FAILURES_MAX

/** A delivery that reached the site: +1/N. */
export function widen(window: Window, max = WINDOW_MAX): Window {
  const credit = Math.max(0, window.credit) + 1 / window.size
  if (credit < HYSTERESIS) return { ...window, credit, failures: 0 }
  return { size: Math.min(max, window.size + 1), credit: credit - HYSTERESIS, failures: 0 }
}

/** A connection that failed: -1/N, and at the smallest window a step towards dead. */
export function narrow(window: Window): Window {
  return { ...ease(window), failures: window.failures + 1 / window.size }
}

/** The site took the connection and asked for less: -1/N, but it is alive. */
export function ease(window: Window): Window {
  const credit = Math.min(0, window.credit) - 1 / window.size
  if (credit > -HYSTERESIS) return { ...window, credit, failures: 0 }
  return { size: Math.max(1, window.size - 1), credit: credit + HYSTERESIS, failures: 0 }
}
