/** Attempts to sign in, counted before they are made, so that many at once cannot outrun the count. Blocks show among those of `throttles.ts`. */

import type { Database } from './database.ts'
import { select } from './select.ts'
import { inTransaction } from './transaction.ts'

export type Attempt = {
  readonly kind: 'login'
  /** Who tries: an address, an account, or both. */
  readonly subject: string
  readonly limit: number
  readonly windowMs: number
}

/** @returns when the next one is allowed, if this one is not. */
export async function countAttempt(db: Database, { kind, subject, limit, windowMs }: Attempt, now: Date): Promise<Date | undefined> {
  const windowStart = new Date(now.getTime() - windowMs)
  return inTransaction(db, async (tx) => {
    // Assignments run from left to right: the count sees the former window, the block sees both new.
    await tx.query(
      `INSERT INTO throttles (kind, subject, failures, window_started_at, blocked_until) VALUES (?, ?, 1, ?, NULL)
       ON DUPLICATE KEY UPDATE
         failures = IF(window_started_at <= ?, 1, failures + 1),
         window_started_at = IF(window_started_at <= ?, VALUES(window_started_at), window_started_at),
         blocked_until = IF(failures > ?, window_started_at + INTERVAL ? MICROSECOND, NULL)`,
      [kind, subject, now, windowStart, windowStart, limit, windowMs * 1000],
    )
    const [row] = await select<{ blockedUntil: Date | null }>(
      tx,
      'SELECT blocked_until AS blockedUntil FROM throttles WHERE kind = ? AND subject = ?',
      [kind, subject],
    )
    return row?.blockedUntil ?? undefined
  })
}
