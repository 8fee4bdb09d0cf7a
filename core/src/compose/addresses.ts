/** Which of our addresses mail leaves from, and what sites have brought about by their replies: parts that lean on each other. */
import type { PoolMove } from '../config/kinds.ts'
import { createIpPlans } from '../delivery/ip-plans.ts'
import { createSiteLimitBook, type SiteLimitBook } from '../delivery/site-limits.ts'
import { createSiteReports, type SiteReports } from '../delivery/site-reports.ts'
import { createSources, type SourcesOptions } from '../delivery/sources.ts'
import { THROTTLE_RULES, type ThrottleRule } from '../delivery/throttle-rules.ts'
import { localAddresses } from '../net/local-addresses.ts'
import type { Core } from './core.ts'

export type Addresses = {
  readonly book: SiteLimitBook
  readonly reports: SiteReports
  /** Null without IP pools, or when somebody else connects for us. */
  readonly sources: ReturnType<typeof createSources> | null
}

export function composeAddresses(core: Core): Addresses {
  const { config, log } = core
  const { useIpPools, socksProxy, poolMoves } = config.delivery
  const plans = useIpPools && !socksProxy ? createIpPlans(core) : undefined
  const book = createSiteLimitBook({
    ...core,
    rules: [...poolMoves.map(toRule), ...THROTTLE_RULES],
    ...(plans ? { plans } : {}),
    onFault: (error) => log.warn({ event: 'site_limits.fault', error }, 'Site limits could not be read or written'),
    onLimit: ({ site, rule, until }) =>
      log.warn({ event: 'site.limited', site, rule, until }, `Site ${site} is limited by the rule ${rule}`),
  })
  const onMissing: SourcesOptions['onMissing'] = ({ ipv4, ipv6 }) =>
    log.warn(
      { event: 'address.missing', ipv4, ipv6 },
      `${[ipv4, ipv6].filter(Boolean).join(' or ')} is in an IP pool, but on no machine of a worker`,
    )
  const reports = createSiteReports({
    ...core,
    node: core.lease.node,
    onFault: (error) => log.warn({ event: 'site_reports.fault', error }, 'How mail to sites went could not be written'),
  })
  return {
    book,
    reports,
    sources: plans ? createSources({ ...core, plans, localAddresses, onMissing, movedTo: book.movedTo }) : null,
  }
}

const MINUTE_MS = 60_000

/** The operator's own rules go first, and act at once. */
const toRule = ({ pattern, ipPool, hours }: PoolMove, index: number): ThrottleRule => ({
  name: `pool-move-${index + 1}`,
  pattern,
  threshold: { count: 1, withinMs: MINUTE_MS },
  action: { kind: 'move', ipPool },
  durationMs: hours * 60 * MINUTE_MS,
})
