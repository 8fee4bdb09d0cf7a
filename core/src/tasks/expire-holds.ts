/** Cancels holds that nobody has released in time: nothing is sent, and the message says so. */
import type { Manage } from '../manage/context.ts'
import { expireHolds } from '../manage/messages.ts'
import { allMailServerIds } from '../store/mail-servers.ts'
import type { Task } from './schedule.ts'

const EVERY_MS = 10 * 60_000

export const expireAllHolds = (manage: Manage): Task => ({
  name: 'expire_holds',
  everyMs: EVERY_MS,
  run: async () => {
    let expired = 0
    for (const mailServerId of await allMailServerIds(manage.db)) {
      for (let count = -1; count !== 0; expired += count) count = await expireHolds(manage, { mailServerId })
    }
    return expired > 0 ? `${expired} holds` : undefined
  },
})
