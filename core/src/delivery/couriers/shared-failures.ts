/**
 * Lets mails of one HTTP endpoint share what a few have learnt: until it has answered once, few go at a time, and when it cannot be
 * reached the others fail like those few, until a probe comes through. Sites do the same for SMTP (`site.ts`).
 */
import type { HttpCarried, HttpCourier } from './http.ts'
import { createRemembered } from './remembered.ts'

export type SharingOptions = { readonly clock: () => Date; readonly probeEveryMs?: number; readonly standingsKept?: number }

/** So many failures in a row tell that it is the endpoint, not a mail. */
const FAILURES_MAX = 3
const UNPROVEN_MAX = 2
const PROBE_EVERY_MS = 30_000
/** Also of endpoints that are away: whoever can make endpoints could make any number of them. */
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

export function shareFailures(courier: HttpCourier, options: SharingOptions): HttpCourier {
  const { clock, probeEveryMs = PROBE_EVERY_MS, standingsKept = STANDINGS_KEPT } = options
  const standings = createRemembered<Standing>({ kept: standingsKept, worth })
  return async (endpoint, mail, mark) => {
    // Another URL is another place, which may be reached.
    const standing = standings.of(`${endpoint.id} ${endpoint.url}`, fresh)
    const away = await admitted(standing, clock, probeEveryMs)
    if (away) return away
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

const fresh = (): Standing => ({ proven: false, running: 0, failures: 0, away: undefined, probeAt: 0, waiting: [] })

function worth({ running, waiting, failures }: Standing): 'none' | 'some' | 'in use' {
  if (running > 0 || waiting.length > 0) return 'in use'
  return failures > 0 ? 'some' : 'none'
}

/** Undefined for whoever may go, and is counted from then on; whoever finds the time come while the endpoint is away is the probe. */
async function admitted(standing: Standing, clock: () => Date, probeEveryMs: number): Promise<HttpCarried | undefined> {
  for (;;) {
    if (standing.away) {
      const now = clock().getTime()
      if (now < standing.probeAt) return standing.away
      standing.probeAt = now + probeEveryMs
      break
    }
    if (standing.proven || standing.running < UNPROVEN_MAX) break
    await new Promise<void>((resolve) => standing.waiting.push(resolve))
  }
  standing.running += 1 // at once, or all who come together would go
  return undefined
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
