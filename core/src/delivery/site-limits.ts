/** The limits of each site now: what its provider allows and what its replies have brought about for a while, and this worker's part of that. */
import type { NewId } from '../domain/ids.ts'
import { perMinute } from '../domain/pace.ts'
import { partOf } from '../domain/share.ts'
import type { SmtpResult } from '../domain/smtp-reply.ts'
import { classify } from '../domain/smtp-reply-class.ts'
import { cached } from '../store/cache.ts'
import type { Database } from '../store/database.ts'
import type { Lease } from '../store/leases.ts'
import { addSiteLimit, listSiteLimits, type SiteLimit } from '../store/site-limits.ts'
import type { SiteLimits } from './couriers/site.ts'
import type { IpPlans } from './ip-plans.ts'
import { createShares, type SitePlace } from './shares.ts'
import { THROTTLE_RULES, type ThrottleRule } from './throttle-rules.ts'

export type SiteLimitBook = {
  /** Reads what other processes have noted, and which of them live; call before `limitsOf`. */
  readonly refresh: () => Promise<void>
  readonly limitsOf: (place: SitePlace, base: SiteLimits) => SiteLimits
  /** Name of the pool that the site's mail leaves from instead of this address, if any. */
  readonly movedTo: (place: SitePlace) => string | undefined
  /** Looks for a rule that this reply fulfils, and acts on it. */
  readonly note: (place: SitePlace, result: SmtpResult) => void
}

export type SiteLimitOptions = {
  readonly db: Database
  /** Of this worker. */
  readonly lease: Pick<Lease, 'lease'>
  readonly clock: () => Date
  readonly newId: NewId
  readonly rules?: readonly ThrottleRule[]
  /** Where mail may be moved to; without it rules that move are passed over. */
  readonly plans?: Pick<IpPlans, 'has' | 'poolOf'>
  readonly onFault: (fault: unknown) => void
  readonly onLimit?: (limit: SiteLimit) => void
}

const REFRESH_MS = 5_000
/** In this time what was noted here has reached the database. */
const OWN_MS = 2_000
const SEEN_MAX = 10_000

export function createSiteLimitBook(options: SiteLimitOptions): SiteLimitBook {
  const { db, lease, clock, rules = THROTTLE_RULES } = options
  const shares = createShares({ db, ...lease })
  let known: readonly SiteLimit[] = []
  const own: SiteLimit[] = []
  const seen = new Map<string, number[]>()
  const read = cached({
    load: async () => {
      const now = clock()
      ;[known] = await Promise.all([listSiteLimits(db, { now }), shares.refresh()])
      // All but the newest are among those, unless somebody has lifted them.
      const newest = own.filter(({ createdAt }) => createdAt.getTime() > now.getTime() - OWN_MS)
      own.splice(0, own.length, ...newest.filter(({ id }) => !known.some((limit) => limit.id === id)))
    },
    ttlMs: REFRESH_MS,
    entriesMax: 1,
    clock,
  })
  const inForce = ({ site, sourceIp }: SitePlace): SiteLimit[] => {
    const now = clock()
    const about = (limit: SiteLimit) => limit.site === site && (limit.sourceIp === '' || limit.sourceIp === sourceIp) && limit.until > now
    return [...known, ...own].filter(about)
  }
  const refresh = () => read('all').catch(options.onFault)
  return {
    refresh,
    limitsOf: (place, base) => {
      void refresh() // those who wait may see the others go
      return partOf(known.length + own.length === 0 ? base : inForce(place).reduce(tighten, base), shares.of(place))
    },
    movedTo: (place) =>
      known.length + own.length === 0
        ? undefined
        : (inForce(place).findLast(({ kind, sourceIp }) => kind === 'move' && sourceIp === place.sourceIp)?.ipPool ?? undefined),
    note: (place, result) => {
      if (result.kind !== 'reply' || result.code < 400) return
      const rule = rules.find((candidate) => fits(candidate, result) && mayAct(options, candidate, place))
      if (!rule || !oftenEnough(seen, `${rule.name} ${place.site} ${place.sourceIp}`, rule, clock().getTime())) return
      if (inForce(place).some((limit) => limit.rule === rule.name)) return
      const limit = toLimit(options, place, rule, result.text)
      own.push(limit)
      options.onLimit?.(limit)
      addSiteLimit(db, limit).catch(options.onFault)
    },
  }
}

const fits = ({ pattern, classes }: ThrottleRule, result: SmtpResult): boolean => {
  if (pattern) return pattern.test(result.text)
  const name = classify(result)
  return name !== null && (classes ?? []).includes(name)
}

/** Mail that leaves from the pool already is left to the rules below. */
function mayAct({ plans }: SiteLimitOptions, { action }: ThrottleRule, { sourceIp }: SitePlace): boolean {
  if (action.kind !== 'move') return true
  return plans?.has(action.ipPool) === true && plans.poolOf(sourceIp) !== action.ipPool
}

function oftenEnough(seen: Map<string, number[]>, key: string, { threshold }: ThrottleRule, now: number): boolean {
  const recent = [...(seen.get(key) ?? []).filter((at) => at > now - threshold.withinMs), now]
  if (seen.size >= SEEN_MAX) seen.clear()
  if (recent.length < threshold.count) seen.set(key, recent)
  else seen.delete(key)
  return recent.length >= threshold.count
}

const REPLY_MAX = 500

function toLimit({ clock, newId }: SiteLimitOptions, place: SitePlace, rule: ThrottleRule, reply: string): SiteLimit {
  const createdAt = clock()
  const { kind } = rule.action
  const amount = 'amount' in rule.action ? rule.action.amount : null
  const ipPool = 'ipPool' in rule.action ? rule.action.ipPool : null
  const until = new Date(createdAt.getTime() + rule.durationMs)
  return { id: newId(), ...place, kind, amount, ipPool, rule: rule.name, reply: reply.slice(0, REPLY_MAX), createdAt, until }
}

function tighten(limits: SiteLimits, { kind, amount, until, rule }: SiteLimit): SiteLimits {
  if (kind === 'move') return limits // it is about the choice of the address, in `sources.ts`
  if (kind === 'suspend') return { ...limits, suspended: { until, rule } }
  if (kind === 'connections') return { ...limits, connectionsMax: Math.min(limits.connectionsMax, amount ?? 1) }
  return { ...limits, rates: [...limits.rates, perMinute(amount ?? 1)] }
}
