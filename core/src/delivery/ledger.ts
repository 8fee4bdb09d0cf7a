/** The ledger: marks of mail that is being sent, and results, written many at a time and only while the claim is held. */
import { Batcher } from '../domain/batcher.ts'
import type { Database } from '../store/database.ts'
import { isAway, isConflict } from '../store/faults.ts'
import type { GivenBack } from '../store/queue.ts'
import { type Result, writeLedger } from '../store/results.ts'

type Line =
  | { readonly kind: 'sending'; readonly messageId: number }
  | { readonly kind: 'result'; readonly messageId: number; readonly result: Result }
  | ({ readonly kind: 'back' } & GivenBack)

const LINES_MAX = 200
const WAITS_MS = [50, 200, 500, 1_000, 2_000] as const

export type Ledger = AsyncDisposable & {
  /** Resolves when the mark is on disk; false when the claim was lost: the mail must not be sent. */
  readonly markSending: (messageId: number) => Promise<boolean>
  /** Resolves when the result is on disk; false when the claim was lost: somebody else has the entry now. */
  readonly record: (result: Result) => Promise<boolean>
  /** Gives an entry back untouched, to come again then. */
  readonly giveBack: (entry: GivenBack) => Promise<boolean>
}

export type LedgerOptions = {
  readonly db: Database
  readonly holder: { readonly node: number; readonly lease: number }
  readonly wait: (ms: number) => Promise<void>
}

/**
 * What has happened is worth keeping: while the database is away, or others are in its way, every write is tried again. Should this process end before,
 * its lease ends with it, and the entries return to the queue, marked uncertain where they were being sent.
 */
export function createLedger(options: LedgerOptions): Ledger {
  const batcher = new Batcher<Line, boolean>({ write: (lines) => write(options, lines), itemsMax: LINES_MAX })
  return {
    markSending: (messageId) => batcher.add({ kind: 'sending', messageId }),
    record: (result) => batcher.add({ kind: 'result', messageId: result.messageId, result }),
    giveBack: (entry) => batcher.add({ kind: 'back', ...entry }),
    [Symbol.asyncDispose]: () => batcher.idle(),
  }
}

async function write(options: LedgerOptions, lines: readonly Line[]): Promise<boolean[]> {
  const sending = lines.filter((line) => line.kind === 'sending').map((line) => line.messageId)
  const results = lines.flatMap((line) => (line.kind === 'result' ? line.result : []))
  const givenBack = lines.filter((line) => line.kind === 'back')
  const { held } = await insist(options, () => writeLedger(options.db, options.holder, { sending, results, givenBack }))
  return lines.map((line) => held.has(line.messageId))
}

/** Writing twice does no harm: the second time the entries are no longer held. */
async function insist<T>({ wait }: LedgerOptions, work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work()
    } catch (fault) {
      if (!isAway(fault) && !isConflict(fault)) throw fault
      await wait(WAITS_MS[Math.min(tries, WAITS_MS.length - 1)] ?? 0)
    }
  }
}
