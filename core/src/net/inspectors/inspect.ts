/** Asks all scanners that are set up about a mail, at the same time. */
import type { Scanned, SpamCheck, SpamScanner, VirusScanner } from './inspection.ts'

export type Inspected = {
  readonly score: number
  readonly checks: readonly SpamCheck[]
  readonly threat: boolean
  readonly threatDetails: string
  /** A scanner did not answer: what it would have said is not known. */
  readonly incomplete: boolean
}

export type Inspector = (scanned: Scanned) => Promise<Inspected>

export type Scanners = { readonly spam: SpamScanner | null; readonly virus: VirusScanner | null }

export function createInspector({ spam, virus }: Scanners): Inspector {
  return async (scanned) => {
    const [spamFinding, virusFinding] = await Promise.all([spam?.(scanned), virus?.(scanned.raw)])
    const judged = spamFinding?.kind === 'judged' ? spamFinding : undefined
    return {
      score: judged?.score ?? 0,
      checks: spamFinding?.kind === 'unavailable' ? [spamFinding.check] : (judged?.checks ?? []),
      threat: virusFinding?.kind === 'infected',
      threatDetails: virusFinding?.details ?? '',
      incomplete: spamFinding?.kind === 'unavailable' || virusFinding?.kind === 'unavailable',
    }
  }
}
