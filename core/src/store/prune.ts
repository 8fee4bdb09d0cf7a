/** Deletes what has outlived its purpose, a bounded number of rows at a time so that no lock is held for long. */
import { firstIdAt } from '../domain/ids.ts'
import type { Database } from './database.ts'
import { IDEMPOTENCY_MS } from './idempotency.ts'

const ROWS_MAX = 5_000
const DAY_MS = 86_400_000
/** The edge gives up on an event after four days; repeats cannot come later. */
const INGESTED_DAYS = 7

/** What was found out about a mail is looked at longer than the mail is kept; its score and threat stay with the message. */
const INSPECTION_DAYS = 90
/** Long enough to look back at why a site was limited. */
const SITE_LIMIT_DAYS = 30
/** A day of them is shown. */
const SITE_HOUR_DAYS = 2
/** Mail that waits longer than this is given up. */
const SITE_DOMAIN_DAYS = 7
/** A day's budget follows from the last days before; the rest is for people to look at. */
const WARMUP_DAYS = 120

export type Pruned = Readonly<Record<string, number>>

/** @returns how many rows left each table. */
export async function pruneExpired(db: Database, { now, transcriptDays }: { now: Date; transcriptDays: number }): Promise<Pruned> {
  const daysAgo = (days: number): Date => new Date(now.getTime() - days * DAY_MS)
  return {
    ingested_events: await remove(db, 'DELETE FROM ingested_events WHERE ingested_at < ? LIMIT ?', daysAgo(INGESTED_DAYS)),
    idempotency_keys: await remove(
      db,
      'DELETE FROM idempotency_keys WHERE created_at <= ? LIMIT ?',
      new Date(now.getTime() - IDEMPOTENCY_MS),
    ),
    sessions: await remove(db, 'DELETE FROM sessions WHERE expires_at < ? LIMIT ?', now),
    throttles: await remove(
      db,
      'DELETE FROM throttles WHERE window_started_at < ? AND (blocked_until IS NULL OR blocked_until < UTC_TIMESTAMP(3)) LIMIT ?',
      daysAgo(1),
    ),
    message_inspections: await remove(db, 'DELETE FROM message_inspections WHERE created_at < ? LIMIT ?', daysAgo(INSPECTION_DAYS)),
    send_minutes: await remove(db, 'DELETE FROM send_minutes WHERE minute < ? LIMIT ?', daysAgo(1)),
    delivery_transcripts: await remove(
      db,
      'DELETE FROM delivery_transcripts WHERE delivery_id < ? LIMIT ?',
      firstIdAt(daysAgo(transcriptDays)),
    ),
    site_limits: await remove(db, 'DELETE FROM site_limits WHERE until < ? LIMIT ?', daysAgo(SITE_LIMIT_DAYS)),
    site_hours: await remove(db, 'DELETE FROM site_hours WHERE hour < ? LIMIT ?', daysAgo(SITE_HOUR_DAYS)),
    site_domains: await remove(db, 'DELETE FROM site_domains WHERE seen_at < ? LIMIT ?', daysAgo(SITE_DOMAIN_DAYS)),
    mta_sts_policies: await remove(db, 'DELETE FROM mta_sts_policies WHERE expires_at < ? LIMIT ?', now),
    warmup_days: await remove(db, 'DELETE FROM warmup_days WHERE day < ? LIMIT ?', daysAgo(WARMUP_DAYS)),
    worker_addresses: await remove(db, 'DELETE FROM worker_addresses WHERE seen_at < ? LIMIT ?', daysAgo(1)),
    suppressions: await remove(db, 'DELETE FROM suppressions WHERE keep_until < ? LIMIT ?', now),
  }
}

async function remove(db: Database, statement: string, before: Date | number): Promise<number> {
  let removed = 0
  for (;;) {
    const [result] = await db.$client.query(statement, [before, ROWS_MAX])
    const count = 'affectedRows' in result ? result.affectedRows : 0
    removed += count
    if (count < ROWS_MAX) return removed
  }
}
