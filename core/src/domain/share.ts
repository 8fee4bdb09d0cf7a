/** How workers share what a site allows to one of our addresses: each has a part, and the parts together are all of it. */
import type { Rate } from './pace.ts'

export type Share = {
  /** That live and may send from the address. */
  readonly workers: number
  /** Which of them this one is, from 0. */
  readonly rank: number
}

export type Shared = { readonly connectionsMax: number; readonly rates: readonly Rate[] }

/** Ranks differ from site to site, so that those with few connections do not all fall to the same worker. */
export const shareOf = (key: string, own: number, leases: readonly number[]): Share => {
  const all = [...new Set([...leases, own])].sort((a, b) => a - b)
  return { workers: all.length, rank: (all.indexOf(own) + hash(key)) % all.length }
}

/** Nobody's part is less than one connection and one message in the time of each rate; workers too many for that have none. */
export function partOf<L extends Shared>(limits: L, { workers, rank }: Share): L {
  if (workers === 1) return limits
  const { connectionsMax, rates } = limits
  const sharers = sharersOf(limits, workers)
  if (rank >= sharers) return { ...limits, connectionsMax: 0 }
  const shared = rates.map(({ count, perMs }) => ({ count: count / sharers, perMs }))
  return { ...limits, connectionsMax: Math.ceil((connectionsMax - rank) / sharers), rates: shared }
}

/** How many of the workers have a part. */
export const sharersOf = ({ connectionsMax, rates }: Shared, workers: number): number =>
  Math.max(1, Math.min(workers, connectionsMax, ...rates.map(({ count }) => Math.floor(count))))

/** FNV-1a: every worker must come to the same. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return value
}
