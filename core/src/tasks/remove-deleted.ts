/** Removes the data of mail servers and organizations that were deleted a week ago: until then an operator can still undo it by hand. */
import type { Database } from '../store/database.ts'
import { mailServersDeletedBefore, organizationsDeletedBefore, removeMailServer, removeOrganization } from '../store/deleted-owners.ts'
import type { Task } from './schedule.ts'

const HOUR_MS = 3_600_000
const KEPT_MS = 7 * 24 * HOUR_MS

export const removeDeleted = (db: Database, clock: () => Date): Task => ({
  name: 'remove_deleted',
  everyMs: HOUR_MS,
  run: async () => {
    const before = new Date(clock().getTime() - KEPT_MS)
    const mailServers = await mailServersDeletedBefore(db, before)
    for (const id of mailServers) await removeMailServer(db, id)
    const organizations = await organizationsDeletedBefore(db, before)
    for (const id of organizations) await removeOrganization(db, id)
    return mailServers.length + organizations.length > 0
      ? `${mailServers.length} mail servers, ${organizations.length} organizations`
      : undefined
  },
})
