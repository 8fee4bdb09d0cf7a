/**
 * How many connections a site gets: a window that grows and shrinks by feedback, as Postfix does it (SCHEDULER_README), and that
 * remembers what it has learnt. Each connection more is a probe; the oftener probes are refused, the longer the next one waits.
 */

export type Window = {
  /** Connections allowed now. */
  readonly size: number
  /** So many have been taken for a while; `size` is this or, while it probes, one more. */
  readonly proven: number
  /** Successes between probes, when these are more than one round. */
  readonly patience: number
  /** Fractions of a step: above zero on the way to the next probe, below on the way to one connection less. */
  readonly credit: number
  /** Rounds of connection failures in a row. */
  readonly failures: number
}

const WINDOW_FIRST = 5
export const WINDOW_MAX = 20
/** So many rounds of failure in a row make a site dead. */
const FAILURES_MAX = 3
const PATIENCE_FIRST = 16
/** A site that grows is noticed after so many messages, and one that does not refuses one in so many. */
const PATIENCE_MAX = 256
/** A loss must add up to a whole connection before the window shrinks, so that single faults do not make it swing. */
const HYSTERESIS = 1 - 1e-9 // N times 1/N is a little less than 1
const EASE = 1 / 2
/** Of a connection, for each round of successes: one refusal in each round is a sign, one in two rounds is chance. */
const FORGIVEN_EACH_ROUND = 1 / 3

export const openWindow = (size = WINDOW_FIRST): Window => ({ size, proven: size, patience: 0, credit: 0, failures: 0 })

export const isDead = (window: Window): boolean => window.failures >= FAILURES_MAX

/** A delivery that reached the site: +1/N, or slower where probes have been refused. */
export function widen(window: Window, max = WINDOW_MAX): Window {
  const { size, patience } = window
  if (window.credit < 0) return { ...window, credit: Math.min(0, window.credit + FORGIVEN_EACH_ROUND / size), failures: 0 }
  const credit = window.credit + 1 / Math.max(size, patience)
  if (credit < HYSTERESIS) return { ...window, credit, failures: 0 }
  // A probe that has held as long as this shows a site that takes more than it used to.
  const held = size > window.proven
  return { size: Math.min(max, size + 1), proven: size, patience: held ? 0 : patience, credit: credit - HYSTERESIS, failures: 0 }
}

/** A connection that failed: -1/N, and at the smallest window a step towards dead. */
export const narrow = (window: Window): Window => ({
  ...shrink(window, 1 / window.size),
  failures: window.failures + 1 / window.size,
})

/** The site took the connection and asked for less: half a connection, but it is alive. */
export const ease = (window: Window): Window => ({ ...shrink(window, EASE), failures: 0 })

function shrink(window: Window, loss: number): Window {
  const { size, proven } = window
  if (size > proven) {
    const patience = Math.min(Math.max(window.patience * 2, PATIENCE_FIRST), PATIENCE_MAX)
    return { ...window, size: proven, patience, credit: 0 }
  }
  const credit = Math.min(0, window.credit) - loss
  if (credit > -HYSTERESIS) return { ...window, credit }
  const less = Math.max(1, size - 1)
  return { ...window, size: less, proven: less, credit: credit + HYSTERESIS }
}
