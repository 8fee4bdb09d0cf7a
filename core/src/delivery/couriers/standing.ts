/** How we stand with a site: how many connections it takes, whether any has come about yet, and when a dead one is asked again. */
import type { FailedHost } from '../../domain/smtp-outcome.ts'
import type { SmtpResult } from '../../domain/smtp-reply.ts'
import { classify } from '../../domain/smtp-reply-class.ts'
import { ease, isDead, narrow, openWindow, type Window, widen } from '../window.ts'

export type Standing = {
  readonly window: () => Window
  readonly dead: () => boolean
  /** Whoever finds the time come becomes the probe of a dead site; the others rest until it has come back. */
  readonly mayProbe: (everyMs: number) => boolean
  /** What is under way began so long ago, without a first connection, that none may ever come about. */
  readonly doubtful: () => boolean
  readonly started: () => void
  /** @returns true for the first connection of all */
  readonly opened: () => boolean
  readonly answered: (result: SmtpResult, connectionsMax: number) => void
  readonly unreached: (failures: readonly FailedHost[], probeEveryMs: number) => void
}

/** Until a first connection has come about, a site gets no more; thousands of dead domains would hold up everything. */
const UNPROVEN_MAX = 1
const DOUBTFUL_AFTER_MS = 2_000

/** @param known of a provider: that it is there needs no proof, and a host of one customer that hangs must not be what all wait for */
export function createStanding(clock: () => Date, known = false): Standing {
  let window = known ? openWindow() : openWindow(UNPROVEN_MAX)
  let proven = known
  let startedAt = 0
  let probeAt = 0
  const now = (): number => clock().getTime()
  return {
    window: () => window,
    dead: () => isDead(window),
    mayProbe: (everyMs) => {
      if (now() < probeAt) return false
      probeAt = now() + everyMs
      return true
    },
    doubtful: () => !proven && now() - startedAt > DOUBTFUL_AFTER_MS,
    started: () => {
      if (!proven) startedAt = now()
    },
    opened: () => {
      if (proven) return false
      proven = true
      window = openWindow()
      return true
    },
    answered: (result, connectionsMax) => {
      window = isCrowded(result) ? ease(window) : widen(window, Math.max(connectionsMax, window.size))
    },
    unreached: (failures, probeEveryMs) => {
      // With a single connection it is not that they are too many.
      const crowded = window.size > 1 && failures.some(({ result }) => isCrowded(result))
      window = crowded ? ease(window) : narrow(window)
      if (isDead(window)) probeAt = now() + probeEveryMs
    },
  }
}

/** The other side has enough of us. */
const CROWDED: ReadonlySet<string> = new Set(['too_many_connections', 'rate_limited', 'server_full'])
const isCrowded = (result: SmtpResult): boolean => result.kind === 'reply' && CROWDED.has(classify(result) ?? '')
