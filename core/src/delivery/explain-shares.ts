/** How the workers that live share what a site allows, for operators. */
import { perMinute } from '../domain/pace.ts'
import { type Shared, sharersOf } from '../domain/share.ts'
import type { Database } from '../store/database.ts'
import type { SiteLimit } from '../store/site-limits.ts'
import { listLiveWorkers } from '../store/worker-addresses.ts'
import type { Way } from './explain-way.ts'

/** Nothing of a site without known limits, and nothing when one worker has them all. */
export async function sharesLines(db: Database, { allowed }: Way, limits: readonly SiteLimit[]): Promise<string[]> {
  const { connectionsMax, rates } = limits.reduce(tighten, allowed ?? { connectionsMax: Number.POSITIVE_INFINITY, rates: [] })
  if (connectionsMax === Number.POSITIVE_INFINITY && rates.length === 0) return []
  const workers = (await listLiveWorkers(db)).length
  if (workers < 2) return []
  const sharers = sharersOf({ connectionsMax, rates }, workers)
  const who = sharers === workers ? 'each of them' : sharers === 1 ? 'at this site one of them' : `at this site ${sharers} of them`
  const parts = [
    ...(connectionsMax === Number.POSITIVE_INFINITY ? [] : [`${partsOf(connectionsMax, sharers)} of ${connectionsMax} connections`]),
    ...(rates.length === 0 ? [] : [sharers === 1 ? 'the whole rate' : `1/${sharers} of the rate`]),
  ]
  return [
    `${workers} workers share what an address is allowed there, if their machines have it: ${who} ${sharers === 1 || sharers === workers ? 'has' : 'have'} ${parts.join(' and ')}.`,
  ]
}

const partsOf = (whole: number, sharers: number): string => {
  const [least, most] = [Math.floor(whole / sharers), Math.ceil(whole / sharers)]
  return least === most ? `${most}` : `${least} or ${most}`
}

function tighten(allowed: Shared, { kind, amount }: SiteLimit): Shared {
  if (kind === 'connections') return { ...allowed, connectionsMax: Math.min(allowed.connectionsMax, amount ?? 1) }
  return kind === 'rate' ? { ...allowed, rates: [...allowed.rates, perMinute(amount ?? 1)] } : allowed
}
