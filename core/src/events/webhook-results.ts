/** Writes results of webhook requests, many at a time, for as long as it takes. */
import { Batcher } from '../domain/batcher.ts'
import type { KeptHeader } from '../domain/kept-headers.ts'
import type { Database } from '../store/database.ts'
import { isAway } from '../store/faults.ts'
import { type WebhookAttempt, type WebhookResult, writeWebhookResults } from '../store/webhook-results.ts'

export type ResultsOptions = {
  readonly db: Database
  readonly lease: number
  readonly wait: (ms: number) => Promise<void>
  /** After this the process is about to end, and its lease with it: nothing is waited for any more. */
  readonly stopping: AbortSignal
}

const RESULTS_MAX = 200
/** Of what is kept of them, in characters: a statement must not exceed what the database takes at once. */
const WEIGHT_MAX = 2 * 1024 * 1024
const WAITS_MS = [50, 200, 500, 1_000, 2_000]

export type Results = { readonly record: (result: WebhookResult) => Promise<void>; readonly idle: () => Promise<void> }

/** While the database is away results wait for it: what was delivered shall not be delivered again. */
export function createResults({ db, lease, wait, stopping }: ResultsOptions): Results {
  const write = async (results: readonly WebhookResult[]): Promise<undefined[]> => {
    for (let tries = 0; ; tries += 1) {
      try {
        await writeWebhookResults(db, lease, results)
        return results.map(() => undefined)
      } catch (fault) {
        if (!isAway(fault) || (stopping.aborted && tries >= WAITS_MS.length)) throw fault
        await wait(WAITS_MS[Math.min(tries, WAITS_MS.length - 1)] ?? 0)
      }
    }
  }
  const limits = { itemsMax: RESULTS_MAX, weigh: ({ attempt }: WebhookResult) => weightOf(attempt), weightMax: WEIGHT_MAX }
  const batcher = new Batcher<WebhookResult, undefined>({ write, ...limits, isShared: isAway })
  return { record: (result) => batcher.add(result), idle: () => batcher.idle() }
}

type Kept = Pick<WebhookAttempt, 'responseBody' | 'requestHeaders' | 'responseHeaders'>

/** A receiver may answer with headers that are as long as the body. */
export const weightOf = ({ responseBody, requestHeaders, responseHeaders }: Kept): number =>
  responseBody.length + lengthOf(requestHeaders) + lengthOf(responseHeaders)

const lengthOf = (headers: readonly KeptHeader[]): number => headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
