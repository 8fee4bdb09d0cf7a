/** Daily partitions of raw mail: made ahead, dropped whole when old. Ids follow time, so a day is a range of ids. */
import type { Connection } from 'mysql2/promise'
import { firstIdAt } from '../domain/ids.ts'
import { select } from './select.ts'

const DAY_MS = 86_400_000
const DAYS_AHEAD = 7

const startOfDay = (at: Date, plusDays = 0): Date => new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS + plusDays * DAY_MS)
const nameOf = (day: Date): string => `d${day.toISOString().slice(0, 10).replaceAll('-', '')}`

export type Days = Pick<Connection, 'query'>

/** The days that have a partition, as `dYYYYMMDD`, oldest first. */
export async function existingDays(db: Days): Promise<string[]> {
  const rows = await select<{ name: string }>(
    db,
    `SELECT partition_name AS name FROM information_schema.partitions
     WHERE table_schema = DATABASE() AND table_name = 'raw_mails' AND partition_name LIKE 'd%' ORDER BY partition_ordinal_position`,
  )
  return rows.map((row) => row.name)
}

/** The longest retention of raw mail among the mail servers that exist; null when one keeps it for ever, or when there is none. */
export async function keepRawMailDays(db: Days): Promise<number | null> {
  const [row] = await select<{ longest: number | null; unlimited: number | null }>(
    db,
    `SELECT MAX(raw_retention_days) AS longest, SUM(raw_retention_days IS NULL) AS unlimited FROM mail_servers`,
  )
  return row && Number(row.unlimited) === 0 ? row.longest : null
}

/** Splits the days from today to a week ahead off the last, open partition. Does nothing for days that are there. */
export async function ensureDays(db: Days, now: Date): Promise<void> {
  const newest = (await existingDays(db)).at(-1) ?? ''
  const missing = Array.from({ length: DAYS_AHEAD + 1 }, (_, n) => startOfDay(now, n)).filter((day) => nameOf(day) > newest)
  if (missing.length === 0) return
  const ranges = missing.map((day) => `PARTITION ${nameOf(day)} VALUES LESS THAN (${firstIdAt(startOfDay(day, 1))})`)
  await alter(db, `REORGANIZE PARTITION later INTO (${ranges.join(', ')}, PARTITION later VALUES LESS THAN MAXVALUE)`, (days) =>
    missing.every((day) => days.includes(nameOf(day))),
  )
}

/** Drops the days before one. What they held is gone at once, whatever its size. */
export async function dropDaysBefore(db: Days, oldest: Date): Promise<string[]> {
  const old = (await existingDays(db)).filter((name) => name < nameOf(startOfDay(oldest)))
  if (old.length > 0) await alter(db, `DROP PARTITION ${old.join(', ')}`, (days) => old.every((name) => !days.includes(name)))
  return old
}

/** Another process may do the same at the same time: what counts is that it is done. */
async function alter(db: Days, change: string, isDone: (days: readonly string[]) => boolean): Promise<void> {
  try {
    await db.query(`ALTER TABLE raw_mails ${change}`)
  } catch (fault) {
    if (!isDone(await existingDays(db))) throw fault
  }
}
