/** Keeps DNS answers for their time, shares look-ups under way, and serves an old answer when no new one is to be had. RFC 8767 */
import type { DnsAnswer } from './dns-answer.ts'

export type Fetched<T> = { readonly answer: DnsAnswer<T>; readonly ttlMs: number }

type Entry = { answer: DnsAnswer<unknown>; freshUntil: number; staleUntil: number }

export type DnsCacheOptions = { readonly clock: () => Date; readonly entriesMax: number; readonly staleMs: number }

/** After a failed look-up the old answer is served this long before the next try. RFC 8767 §5 */
const RECHECK_MS = 30_000
/** A server in trouble is not asked more often than this. RFC 9520 §3.2 */
const FAILURE_MS = 5_000

export type DnsCache = { get<T>(key: string, look: () => Promise<Fetched<T>>): Promise<DnsAnswer<T>> }

export function createDnsCache({ clock, entriesMax, staleMs }: DnsCacheOptions): DnsCache {
  const entries = new Map<string, Entry>()
  const underWay = new Map<string, Promise<DnsAnswer<unknown>>>()

  function keep(key: string, entry: Entry): void {
    entries.delete(key) // so that the map's order is that of the last change
    entries.set(key, entry)
    for (const oldest of entries.keys()) {
      if (entries.size <= entriesMax) return
      entries.delete(oldest)
    }
  }

  async function refresh(key: string, look: () => Promise<Fetched<unknown>>): Promise<DnsAnswer<unknown>> {
    const { answer, ttlMs } = await look()
    const now = clock().getTime()
    const old = entries.get(key)
    const entry = next({ answer, ttlMs }, old, now, staleMs)
    keep(key, entry)
    return entry.answer
  }

  function find(key: string, look: () => Promise<Fetched<unknown>>): Promise<DnsAnswer<unknown>> {
    const entry = entries.get(key)
    if (entry !== undefined && clock().getTime() < entry.freshUntil) return Promise.resolve(entry.answer)
    const running = underWay.get(key)
    if (running !== undefined) return running
    const started = refresh(key, look).finally(() => underWay.delete(key))
    underWay.set(key, started)
    return started
  }

  return {
    // The key names the record type, so that what comes back is what `look` fetches.
    get: <T>(key: string, look: () => Promise<Fetched<T>>) => find(key, look) as Promise<DnsAnswer<T>>,
  }
}

/** What to remember: the new answer, or an old good one a little longer when the new one is no answer. An old "no" would bounce mail. */
function next({ answer, ttlMs }: Fetched<unknown>, old: Entry | undefined, now: number, staleMs: number): Entry {
  if (answer.kind !== 'unavailable') return { answer, freshUntil: now + ttlMs, staleUntil: now + ttlMs + staleMs }
  if (old?.answer.kind === 'found' && now < old.staleUntil) return { ...old, freshUntil: now + RECHECK_MS }
  return { answer, freshUntil: now + FAILURE_MS, staleUntil: now }
}
