/** Removes rows whose time is over: ids of ingested events and API calls, ended sessions, old counts of failed sign-ins, SMTP dialogues, what has expired. */
import type { Database } from '../store/database.ts'
import { pruneExpired } from '../store/prune.ts'
import type { Task } from './schedule.ts'

const HOUR_MS = 3_600_000

/** @param transcriptDays for how long SMTP dialogues are kept */
export const prune = (db: Database, clock: () => Date, transcriptDays: number): Task => ({
  name: 'prune',
  everyMs: HOUR_MS,
  run: async () => {
    const removed = Object.entries(await pruneExpired(db, { now: clock(), transcriptDays })).filter(([, count]) => count > 0)
    return removed.length > 0 ? removed.map(([table, count]) => `${count} of ${table}`).join(', ') : undefined
  },
})
