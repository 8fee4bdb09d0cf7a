/** Asks all scanners that are set up about a mail, at the same time. */
import { type Scanned, type SpamCheck, type SpamScanner, unavailable, type VirusScanner } from './inspection.ts'
import { sparing } from './sparing.ts'

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

/** Scanners have few workers; what they cannot take in hand would time out in their queue. */
const AT_ONCE_MAX = 32

export type InspectorOptions = Scanners & { readonly clock: () => Date; readonly random: () => number }

const AWAY = 'It does not answer, and is asked again soon'

/** Null when no scanner is set up. */
export function createInspector({ spam, virus, ...chance }: InspectorOptions): Inspector | null {
  if (!spam && !virus) return null
  const askSpam = spam && sparing(spam, { away: unavailable('ERROR', AWAY), ...chance })
  const askVirus = virus && sparing(virus, { away: { kind: 'unavailable', details: AWAY }, ...chance })
  return limited(AT_ONCE_MAX, async (scanned) => {
    const [spamFinding, virusFinding] = await Promise.all([askSpam?.(scanned), askVirus?.(scanned.raw)])
    const judged = spamFinding?.kind === 'judged' ? spamFinding : undefined
    return {
      score: judged?.score ?? 0,
      checks: spamFinding?.kind === 'unavailable' ? [spamFinding.check] : (judged?.checks ?? []),
      threat: virusFinding?.kind === 'infected',
      threatDetails: virusFinding?.details ?? '',
      incomplete: spamFinding?.kind === 'unavailable' || virusFinding?.kind === 'unavailable',
    }
  })
}

/** The others wait in the order in which they came. */
function limited(atOnceMax: number, inspect: Inspector): Inspector {
  const waiting: (() => void)[] = []
  let running = 0
  return async (scanned) => {
    if (running < atOnceMax) running += 1
    else await new Promise<void>((start) => waiting.push(start))
    try {
      return await inspect(scanned)
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
