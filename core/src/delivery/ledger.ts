/** The ledger: marks of mail that is being sent, and results, written many at a time and only while the claim is held. */
import { Batcher } from '../domain/batcher.ts'
import type { Database } from '../store/database.ts'
import { type Result, writeLedger } from '../store/results.ts'

type Line = { readonly messageId: number; readonly result: Result | null }

const LINES_MAX = 200
const TRIES_WAIT_MS = [50, 200, 500, 1_000, 2_000]

export type Ledger = AsyncDisposable & {
  /** Resolves when the mark is on disk; false when the claim was lost: the mail must not be sent. */
  readonly markSending: (messageId: number) => Promise<boolean>
  /** Resolves when the result is on disk; false when the claim was lost: somebody else has the entry now. */
  readonly record: (result: Result) => Promise<boolean>
}

export type LedgerOptions = {
  readonly db: Database
  readonly holder: { readonly node: number; readonly lease: number }
  readonly wait: (ms: number) => Promise<void>
  readonly isAway: (fault: unknown) => boolean
}

/**
 * A result that cannot be written because the database is away is tried again for as long as the lease may live;
 * after that the entry returns to the queue, marked uncertain, by the lease's death.
 */
export function createLedger(options: LedgerOptions): Ledger {
  const batcher = new Batcher<Line, boolean>({
    write: (lines) => write(options, lines),
    itemsMax: LINES_MAX,
    concurrency: 2,
    isShared: options.isAway,
  })
  return {
    markSending: (messageId) => batcher.add({ messageId, result: null }),
    record: (result) => batcher.add({ messageId: result.messageId, result }),
    [Symbol.asyncDispose]: () => batcher.idle(),
  }
}

async function write({ db, holder, wait, isAway }: LedgerOptions, lines: readonly Line[]): Promise<boolean[]> {
  const sending = lines.filter((line) => !line.result).map((line) => line.messageId)
  const results = lines.flatMap((line) => line.result ?? [])
  for (const waitMs of [...TRIES_WAIT_MS, null]) {
    try {
      const { held } = await writeLedger(db, holder, { sending, results })
      return lines.map((line) => held.has(line.messageId))
    } catch (fault) {
      if (waitMs === null || !isAway(fault)) throw fault
      await wait(waitMs)
    }
  }
  return []
}
