/** Looks up and writes down what was found out about incoming mail, for many messages at a time. */
import { Batcher } from '../domain/batcher.ts'
import type { Message } from '../domain/message.ts'
import type { Database } from '../store/database.ts'
import { isAway } from '../store/faults.ts'
import { type MessageInspection, type NewInspection, readInspections, saveInspections } from '../store/inspections.ts'

export type InspectionBook = {
  /** What an earlier attempt found. */
  readonly find: (message: Pick<Message, 'id' | 'mailServerId'>) => Promise<MessageInspection | undefined>
  /** Resolves when it is on disk. */
  readonly save: (found: NewInspection) => Promise<void>
}

const LINES_MAX = 200
const AT_ONCE = { itemsMax: LINES_MAX, concurrency: 2, isShared: isAway }

export function createInspectionBook(db: Database): InspectionBook {
  const reads = new Batcher<number, MessageInspection | undefined>({
    write: async (ids) => {
      const known = await readInspections(db, ids)
      return ids.map((id) => known.get(id))
    },
    ...AT_ONCE,
  })
  const writes = new Batcher<NewInspection, void>({
    write: async (found) => {
      await saveInspections(db, found)
      return found.map(() => undefined)
    },
    ...AT_ONCE,
  })
  return {
    find: async ({ id, mailServerId }) => {
      const known = await reads.add(id)
      return known?.mailServerId === mailServerId ? known : undefined
    },
    save: (found) => writes.add(found),
  }
}
