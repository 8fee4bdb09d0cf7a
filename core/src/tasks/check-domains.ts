/** Looks again at the DNS records of domains and tracking domains, so that a record that breaks or is mended is noticed within the hour. */
import type { Manage } from '../manage/context.ts'
import { checkDomain } from '../manage/domain-check.ts'
import { checkTrackingDomain } from '../manage/tracking-domains.ts'
import { domainsToCheck } from '../store/domains.ts'
import { trackingDomainsToCheck } from '../store/tracking-domains.ts'
import type { Task } from './schedule.ts'

const EVERY_MS = 5 * 60_000
const HOUR_MS = 60 * 60_000
/** Those that waited longest come first; the rest has its turn in the next rounds. */
const PER_ROUND_MAX = 500

export const checkDomains = (manage: Manage): Task => ({
  name: 'check_domains',
  everyMs: EVERY_MS,
  run: async () => {
    const due = { before: new Date(manage.clock().getTime() - HOUR_MS), limit: PER_ROUND_MAX }
    const domains = await domainsToCheck(manage.db, due)
    for (const { id } of domains) await checkDomain(manage, { id })
    const trackingDomains = await trackingDomainsToCheck(manage.db, due)
    for (const { id } of trackingDomains) await checkTrackingDomain(manage, { id })
    const count = domains.length + trackingDomains.length
    return count > 0 ? `${count} domains` : undefined
  },
})
