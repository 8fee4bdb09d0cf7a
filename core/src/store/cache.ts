/** A small cache in front of the database: entries live for seconds, equal look-ups share one query, faults are not kept. */

export type Cached<K, V> = {
  (key: K): Promise<V>
  /** Forgets everything, as after a change made by this process. */
  readonly clear: () => void
}

export type CacheOptions<K, V> = {
  readonly load: (key: K) => Promise<V>
  readonly ttlMs: number
  readonly entriesMax: number
  readonly clock: () => Date
}

export function cached<K extends string | number, V>({ load, ttlMs, entriesMax, clock }: CacheOptions<K, V>): Cached<K, V> {
  const entries = new Map<K, { value: Promise<V>; until: number }>()
  const read = (key: K): Promise<V> => {
    const now = clock().getTime()
    const known = entries.get(key)
    if (known && known.until > now) return known.value

    const value = load(key)
    entries.delete(key) // so that the oldest is always first
    entries.set(key, { value, until: now + ttlMs })
    for (const oldest of entries.keys()) {
      if (entries.size <= entriesMax) break
      entries.delete(oldest)
    }
    value.catch(() => {
      if (entries.get(key)?.value === value) entries.delete(key)
    })
    return value
  }
  return Object.assign(read, { clear: () => entries.clear() })
}
