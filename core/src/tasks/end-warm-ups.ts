/** Ends the warming of addresses whose last budgets were clean for their days. */
import type { Manage } from '../manage/context.ts'
import { endWarmUps } from '../manage/warm-ups.ts'
import type { Task } from './schedule.ts'

const HOUR_MS = 3_600_000

export const endDueWarmUps = (manage: Manage): Task => ({
  name: 'end_warm_ups',
  everyMs: HOUR_MS,
  run: async () => {
    const ended = await endWarmUps(manage)
    return ended.length > 0 ? `${ended.map(({ ipv4 }) => ipv4).join(', ')} warm` : undefined
  },
})
