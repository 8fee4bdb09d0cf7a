/** All there is to see of one site: how it did by the hour, what waits for it, how far our addresses are warmed up there. For operators. */
import { mailServerPaths } from '../store/mail-servers.ts'
import { readMessages } from '../store/messages.ts'
import { listSiteLimits } from '../store/site-limits.ts'
import { domainsOfSite, siteHoursOf, type WaitingEntry } from '../store/site-reports.ts'
import { type Manage, requireOperator } from './context.ts'
import { type IpAddressState, statesOf } from './ip-address-states.ts'
import { ipAddressesOf } from './ip-addresses.ts'
import { overviewHours, type ReadLines, type SiteState, siteFor, stateOf } from './site-overview.ts'

export type SiteDetails = {
  /** Of the last day. */
  readonly state: SiteState
  /** Of all its waiting mail not all was looked at. */
  readonly partly: boolean
  /** Domains whose mail went there last, bounded. */
  readonly domains: readonly string[]
  readonly next: readonly NextAttempt[]
  /** Addresses that are being warmed up, with their budgets there alone. */
  readonly warming: readonly IpAddressState[]
}

export type NextAttempt = Pick<WaitingEntry, 'messageId' | 'attempts' | 'dueAt' | 'createdAt'> & {
  readonly rcptTo: string | null
  /** `organization/server`; null when it was deleted. */
  readonly mailServer: string | null
}

const DAY_HOURS = 24
const DOMAINS_MAX = 20
const NEXT_MAX = 10

/** @param provider whose warm-up budgets count there @throws AppError `auth.forbidden` */
export async function siteDetails(
  manage: Manage,
  readLines: ReadLines,
  { site, provider }: { site: string; provider: string },
): Promise<SiteDetails> {
  requireOperator(manage)
  const { db, clock } = manage
  const now = clock()
  const [lines, limits, hours, domains, addresses] = await Promise.all([
    readLines(),
    listSiteLimits(db, { now, site }),
    siteHoursOf(db, [site], overviewHours(now, DAY_HOURS)),
    domainsOfSite(db, site, DOMAINS_MAX),
    ipAddressesOf(manage),
  ])
  const waiting = lines.entries.filter(({ domain }) => siteFor(lines, domain) === site)
  return {
    state: stateOf(site, { waiting, limits, hours }),
    ...{ partly: lines.partly, domains },
    next: await nextAttempts(manage, waiting),
    warming: (await statesOf(manage, addresses)).flatMap((address) => atProvider(address, provider)),
  }
}

async function nextAttempts({ db }: Manage, waiting: readonly WaitingEntry[]): Promise<NextAttempt[]> {
  const first = waiting.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime()).slice(0, NEXT_MAX)
  const [messages, paths] = await Promise.all([
    readMessages(
      db,
      first.map(({ messageId }) => messageId),
    ),
    mailServerPaths(
      db,
      first.map(({ mailServerId }) => mailServerId),
    ),
  ])
  return first.map(({ messageId, mailServerId, attempts, dueAt, createdAt }) => ({
    ...{ messageId, attempts, dueAt, createdAt },
    rcptTo: messages.get(messageId)?.rcptTo ?? null,
    mailServer: paths.get(mailServerId) ?? null,
  }))
}

function atProvider(address: IpAddressState, provider: string): IpAddressState[] {
  if (!address.warmUp) return []
  return [{ ...address, warmUp: { ...address.warmUp, providers: address.warmUp.providers.filter((one) => one.provider === provider) } }]
}
