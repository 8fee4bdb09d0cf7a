/** Gathers how mail to each site goes and writes it for people to see, many sites at a time. Nothing depends on it: no mail waits for it. */
import type { Outcome } from '../domain/delivery.ts'
import type { Database } from '../store/database.ts'
import { addSiteTallies, putSitesOfDomains, type SiteTally } from '../store/site-reports.ts'

/** Disposing writes what is still noted. */
export type SiteReports = AsyncDisposable & {
  /** Mail for the domain is about to go to that site, or has to wait for it; not told of sites that are of one mail server alone. */
  readonly lead: (domain: string, site: string) => void
  readonly note: (attempt: SiteAttempt) => void
}

export type SiteAttempt = {
  readonly site: string
  readonly outcome: Pick<Outcome, 'kind' | 'details' | 'output' | 'replyClass'>
  readonly host: string | null
  readonly dead: boolean
}

export type SiteReportOptions = {
  readonly db: Database
  /** Whose rows they are. */
  readonly node: number
  readonly clock: () => Date
  readonly onFault: (fault: unknown) => void
  readonly flushMs?: number
}

const FLUSH_MS = 10_000
const HOUR_MS = 3_600_000
const REPLY_MAX = 500
/** Where a domain leads is written again after this long, for what is not seen any more is forgotten. */
const SEEN_MS = 6 * HOUR_MS
const DOMAINS_KEPT = 50_000

type Tally = { -readonly [K in keyof SiteTally]: SiteTally[K] }

export function createSiteReports({ db, node, clock, onFault, flushMs = FLUSH_MS }: SiteReportOptions): SiteReports {
  let tallies = new Map<string, Tally>()
  let places = new Map<string, string>()
  const written = new Map<string, { readonly site: string; readonly at: number }>()
  let timer: NodeJS.Timeout | undefined

  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const [counted, found, now] = [[...tallies.values()], [...places], clock()]
    tallies = new Map()
    places = new Map()
    try {
      await addSiteTallies(db, node, counted)
      await putSitesOfDomains(
        db,
        found.map(([domain, site]) => ({ domain, site })),
        now,
      )
    } catch (fault) {
      onFault(fault)
    }
  }

  const flushSoon = (): void => {
    timer ??= setTimeout(() => void flush(), flushMs).unref()
  }

  return {
    lead: (domain, site) => {
      const now = clock().getTime()
      const known = written.get(domain)
      if (known && known.site === site && known.at > now - SEEN_MS) return
      if (written.size >= DOMAINS_KEPT) written.clear()
      written.set(domain, { site, at: now })
      places.set(domain, site)
      flushSoon()
    },
    note: (attempt) => {
      const now = clock()
      const hour = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS
      const key = `${hour} ${attempt.site}`
      const tally = tallies.get(key) ?? blank(new Date(hour), attempt.site, now)
      tallies.set(key, tally)
      count(tally, attempt, now)
      flushSoon()
    },
    [Symbol.asyncDispose]: flush,
  }
}

const blank = (hour: Date, site: string, triedAt: Date): Tally => ({
  ...{ hour, site, triedAt, sent: 0, delayed: 0, failed: 0, dead: false, refusal: null },
})

const COUNTS = { sent: 'sent', soft_fail: 'delayed', hard_fail: 'failed' } as const

function count(tally: Tally, { outcome, host, dead }: SiteAttempt, now: Date): void {
  tally[COUNTS[outcome.kind]] += 1
  tally.dead = dead
  tally.triedAt = now
  if (outcome.kind === 'sent') return
  const reply = (outcome.output || outcome.details).slice(0, REPLY_MAX)
  tally.refusal = { host, reply, replyClass: outcome.replyClass ?? null, at: now }
}
