/** Failures to prove oneself, counted by address, network or account for all processes together; too many block for a while. */
import { and, eq, gt, inArray } from 'drizzle-orm'
import type { Queries } from './change.ts'
import type { Database } from './database.ts'
import { throttles } from './schema/people.ts'

/** `kind` keeps surfaces apart: `smtp_auth`, `login`, … `subject` is an address, a network or an account. */
export type ThrottleSubject = { readonly kind: string; readonly subject: string }

export type ThrottleRule = { readonly failuresMax: number; readonly windowMs: number; readonly blockMs: number }

export type Throttle = ThrottleSubject & {
  readonly failures: number
  readonly windowStartedAt: Date
  readonly blockedUntil: Date | null
}

/** Counts one failure; the one that goes beyond the rule blocks the subject. */
export async function recordFailure(db: Database, { kind, subject }: ThrottleSubject, rule: ThrottleRule, now: Date): Promise<void> {
  const windowStart = new Date(now.getTime() - rule.windowMs)
  const blockedUntil = new Date(now.getTime() + rule.blockMs)
  // Assignments run from left to right: `blocked_until` sees the new count.
  await db.$client.query(
    `INSERT INTO throttles (kind, subject, failures, window_started_at, blocked_until) VALUES (?, ?, 1, ?, IF(1 > ?, ?, NULL))
     ON DUPLICATE KEY UPDATE
       failures = IF(window_started_at < ?, 1, failures + 1),
       window_started_at = IF(window_started_at < ?, VALUES(window_started_at), window_started_at),
       blocked_until = IF(failures > ?, ?, blocked_until)`,
    [kind, subject, now, rule.failuresMax, blockedUntil, windowStart, windowStart, rule.failuresMax, blockedUntil],
  )
}

/** Until when the first of these subjects that is blocked stays so. */
export async function findBlock(db: Database, kind: string, subjects: readonly string[], now: Date): Promise<Date | undefined> {
  const [row] = await db
    .select({ blockedUntil: throttles.blockedUntil })
    .from(throttles)
    .where(and(eq(throttles.kind, kind), inArray(throttles.subject, [...subjects]), gt(throttles.blockedUntil, now)))
    .limit(1)
  return row?.blockedUntil ?? undefined
}

/** What an operator sees: everybody who is blocked now. */
export async function listBlocks(db: Database, now: Date): Promise<Throttle[]> {
  return db.select().from(throttles).where(gt(throttles.blockedUntil, now)).orderBy(throttles.kind, throttles.subject).limit(1_000)
}

/** Lifts a block and forgets the failures. @returns false when there was none. */
export async function liftBlock(db: Queries, { kind, subject }: ThrottleSubject): Promise<boolean> {
  const [result] = await db.delete(throttles).where(and(eq(throttles.kind, kind), eq(throttles.subject, subject)))
  return result.affectedRows > 0
}
