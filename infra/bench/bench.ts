/** What a bench is given and gives back. */
import type { BenchResult } from './result.ts'

export type BenchOptions = {
  /** How many of all messages, requests and seconds: 1 is the full measurement, less is only good to see that it works. */
  readonly scale: number
  /** Millions of rows, where a goal speaks of them. */
  readonly large: boolean
  /** Where roles leave their CPU profiles. */
  readonly profileDir: string | null
}

export type Bench = (options: BenchOptions) => Promise<readonly BenchResult[]>

/** It cannot be run here: a package is missing, or the part that it measures. */
export class BenchUnavailable extends Error {
  override name = 'BenchUnavailable'
}

/** At least one, so that a small scale still measures something. */
export const scaled = (count: number, { scale }: Pick<BenchOptions, 'scale'>): number => Math.max(1, Math.round(count * scale))
