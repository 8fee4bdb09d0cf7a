/** Keeps the daily partitions of raw mail: makes those of the coming week, drops those that nobody keeps any more. */
import type { Database } from '../store/database.ts'
import { dropDaysBefore, ensureDays, keepRawMailDays } from '../store/partitions.ts'
import type { Task } from './schedule.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A day goes when it is older than the longest retention of any mail server; one that keeps mail for ever keeps all days. */
export const keepDays = (db: Database, clock: () => Date): Task => ({
  name: 'keep_days',
  everyMs: HOUR_MS,
  run: async () => {
    const now = clock()
    await ensureDays(db.$client, now)
    const days = await keepRawMailDays(db.$client)
    if (days === null) return undefined
    const dropped = await dropDaysBefore(db.$client, new Date(now.getTime() - days * DAY_MS))
    return dropped.length > 0 ? `dropped ${dropped.join(', ')}` : undefined
  },
})
