/**
 * Lets mails of one HTTP endpoint share what a few have learnt: until it has answered once, few go at a time, and when it cannot be
 * reached the others fail like those few, until a probe comes through. Sites do the same for SMTP (`site.ts`).
 */
import type { HttpCarried, HttpCourier } from './http.ts'

export type SharingOptions = { readonly clock: () => Date; readonly probeEveryMs?: number }

/** So many failures in a row tell that it is the endpoint, not a mail. */
const FAILURES_MAX = 3
const UNPROVEN_MAX = 2
const PROBE_EVERY_MS = 30_000
/** Endpoints that answer are forgotten when there are more. */
const STANDINGS_KEPT = 5_000

type Standing = {
  /** It has answered since it last could not be reached. */
  proven: boolean
  running: number
  failures: number
  /** What everybody gets until `probeAt`; undefined while it is not known to be away. */
  away: HttpCarried | undefined
  probeAt: number
  waiting: (() => void)[]
}

export function shareFailures(courier: HttpCourier, { clock, probeEveryMs = PROBE_EVERY_MS }: SharingOptions): HttpCourier {
  const standings = new Map<string, Standing>()
  return async (endpoint, mail, mark) => {
    // Another URL is another place, which may be reached.
    const standing = standingOf(standings, `${endpoint.id} ${endpoint.url}`)
    const away = await admitted(standing, clock, probeEveryMs)
    if (away) return away
    standing.running += 1
    try {
      const carried = await courier(endpoint, mail, mark)
      if (carried.kind === 'carried') note(standing, carried, clock().getTime() + probeEveryMs)
      return carried
    } finally {
      standing.running -= 1
      wake(standing)
    }
  }
}

function standingOf(standings: Map<string, Standing>, key: string): Standing {
  const known = standings.get(key)
  if (known) return known
  if (standings.size >= STANDINGS_KEPT)
    for (const [other, { running, away }] of standings) if (running === 0 && !away) standings.delete(other)
  const made: Standing = { proven: false, running: 0, failures: 0, away: undefined, probeAt: 0, waiting: [] }
  standings.set(key, made)
  return made
}

/** Undefined for whoever may go; whoever finds the time come while the endpoint is away is the probe. */
async function admitted(standing: Standing, clock: () => Date, probeEveryMs: number): Promise<HttpCarried | undefined> {
  for (;;) {
    if (standing.away) {
      const now = clock().getTime()
      if (now < standing.probeAt) return standing.away
      standing.probeAt = now + probeEveryMs
      return undefined
    }
    if (standing.proven || standing.running < UNPROVEN_MAX) return undefined
    await new Promise<void>((resolve) => standing.waiting.push(resolve))
  }
}

function note(standing: Standing, carried: HttpCarried, probeAt: number): void {
  if (carried.outcome.unreachable !== true) {
    Object.assign(standing, { proven: true, failures: 0, away: undefined })
    return
  }
  standing.failures += 1
  if (standing.failures >= FAILURES_MAX) Object.assign(standing, { proven: false, away: carried, probeAt })
}

/** All when it is known what becomes of them, else the next one. */
function wake({ proven, away, waiting }: Standing): void {
  for (const go of waiting.splice(0, proven || away ? waiting.length : 1)) go()
}
