/** How sites are doing: what waits for them, what they put off, which limits hold. For operators. */
import { cached } from '../store/cache.ts'
import type { Database } from '../store/database.ts'
import { listSiteLimits, type SiteLimit } from '../store/site-limits.ts'
import {
  oldestWaiting,
  type SiteHour,
  type SiteOutcomes,
  type SiteRefusal,
  siteHoursOf,
  sitesOfDomains,
  troubledSites,
  type WaitingEntry,
} from '../store/site-reports.ts'
import { type Manage, requireOperator } from './context.ts'

/** The worst comes first. `slow`: it puts off much of what it gets. */
export const TROUBLES = ['suspended', 'away', 'limited', 'slow', 'none'] as const
export type Trouble = (typeof TROUBLES)[number]

export type SiteState = {
  readonly site: string
  readonly trouble: Trouble
  readonly waiting: number
  readonly oldestAt: Date | null
  readonly nextDueAt: Date | null
  readonly limits: readonly SiteLimit[]
  /** Of the last hours. */
  readonly outcomes: SiteOutcomes
  readonly hours: readonly SiteHour[]
  readonly refusal: SiteRefusal | null
}

export type SiteOverview = {
  /** The worst first, and of these the ones with most mail waiting. */
  readonly sites: readonly SiteState[]
  /** Sites that waiting mail is for, among them those that are not shown. */
  readonly waitedFor: number
  readonly waiting: number
  /** More waits than was looked at. */
  readonly partly: boolean
  readonly limits: readonly SiteLimit[]
}

export type Lines = { readonly entries: readonly WaitingEntry[]; readonly siteOf: ReadonlyMap<string, string>; readonly partly: boolean }
export type ReadLines = () => Promise<Lines>

export const OVERVIEW_HOURS = 6
const ENTRIES_MAX = 20_000
const LINES_TTL_MS = 5_000

/** The mail that has waited longest, and the sites it is for. Read once in a while, however many look. */
export function createLines({ db, clock }: { readonly db: Database; readonly clock: () => Date }): ReadLines {
  const read = cached({
    load: async (): Promise<Lines> => {
      const entries = await oldestWaiting(db, ENTRIES_MAX)
      const siteOf = await sitesOfDomains(db, [...new Set(entries.map(({ domain }) => domain))])
      return { entries, siteOf, partly: entries.length === ENTRIES_MAX }
    },
    ttlMs: LINES_TTL_MS,
    entriesMax: 1,
    clock,
  })
  return () => read('all')
}

/** Mail for a domain that was never tried waits under its own name. */
export const siteFor = ({ siteOf }: Pick<Lines, 'siteOf'>, domain: string): string => siteOf.get(domain) ?? domain

const SHOWN_MAX = 100
const TROUBLED_MAX = 500
const HOUR_MS = 3_600_000

/** @throws AppError `auth.forbidden` */
export async function siteOverview(manage: Manage, readLines: ReadLines): Promise<SiteOverview> {
  requireOperator(manage)
  const { db, clock } = manage
  const now = clock()
  const [lines, limits, troubled] = await Promise.all([
    readLines(),
    listSiteLimits(db, { now }),
    troubledSites(db, { since: new Date(now.getTime() - HOUR_MS), limit: TROUBLED_MAX }),
  ])
  const waitingAt = Map.groupBy(lines.entries, ({ domain }) => siteFor(lines, domain))
  const limitsAt = Map.groupBy(limits, ({ site }) => site)
  const busiest = [...waitingAt].sort(([, a], [, b]) => b.length - a.length).map(([site]) => site)
  const candidates = [...new Set([...limitsAt.keys(), ...troubled.map(({ site }) => site), ...busiest.slice(0, SHOWN_MAX)])].slice(
    0,
    TROUBLED_MAX,
  )
  const hours = Map.groupBy(await siteHoursOf(db, candidates, overviewHours(now)), ({ site }) => site)
  const sites = candidates
    .map((site) => stateOf(site, { waiting: waitingAt.get(site) ?? [], limits: limitsAt.get(site) ?? [], hours: hours.get(site) ?? [] }))
    .sort(
      (a, b) =>
        TROUBLES.indexOf(a.trouble) - TROUBLES.indexOf(b.trouble) || b.waiting - a.waiting || b.outcomes.delayed - a.outcomes.delayed,
    )
  return { sites: sites.slice(0, SHOWN_MAX), waitedFor: waitingAt.size, waiting: lines.entries.length, partly: lines.partly, limits }
}

export const overviewHours = (now: Date, hours = OVERVIEW_HOURS) => ({ from: new Date(now.getTime() - (hours - 1) * HOUR_MS), until: now })

type Known = { readonly waiting: readonly WaitingEntry[]; readonly limits: readonly SiteLimit[]; readonly hours: readonly SiteHour[] }

export function stateOf(site: string, { waiting, limits, hours }: Known): SiteState {
  const outcomes = {
    sent: hours.reduce((sum, { sent }) => sum + sent, 0),
    delayed: hours.reduce((sum, { delayed }) => sum + delayed, 0),
    failed: hours.reduce((sum, { failed }) => sum + failed, 0),
  }
  return {
    ...{ site, waiting: waiting.length, limits, outcomes, hours },
    trouble: troubleOf(limits, hours, outcomes),
    oldestAt: earliest(waiting.map(({ createdAt }) => createdAt)),
    nextDueAt: earliest(waiting.map(({ dueAt }) => dueAt)),
    refusal: hours
      .flatMap(({ refusal }) => refusal ?? [])
      .reduce<SiteRefusal | null>((last, one) => (last && last.at > one.at ? last : one), null),
  }
}

const earliest = (times: readonly Date[]): Date | null =>
  times.reduce<Date | null>((first, at) => (first && first <= at ? first : at), null)

/** Puts off more than one in so many. */
const SLOW_SHARE = 0.1
const SLOW_MIN = 3

function troubleOf(limits: readonly SiteLimit[], hours: readonly SiteHour[], { sent, delayed, failed }: SiteOutcomes): Trouble {
  if (limits.some(({ kind }) => kind === 'suspend')) return 'suspended'
  const newest = hours.reduce<SiteHour | null>((last, one) => (last && last.triedAt > one.triedAt ? last : one), null)
  if (newest?.dead) return 'away'
  if (limits.length > 0) return 'limited'
  return delayed >= SLOW_MIN && delayed / (sent + delayed + failed) >= SLOW_SHARE ? 'slow' : 'none'
}
