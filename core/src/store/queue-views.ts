/** The queue of one mail server, for people to look at. */
import { and, desc, eq, lt } from 'drizzle-orm'
import type { Database } from './database.ts'
import { queueEntries } from './schema/mail.ts'
import { select } from './select.ts'

export type QueuedEntry = Pick<
  typeof queueEntries.$inferSelect,
  'messageId' | 'scope' | 'domain' | 'state' | 'dueAt' | 'attempts' | 'manual' | 'uncertain' | 'createdAt'
>

const COLUMNS = {
  messageId: queueEntries.messageId,
  scope: queueEntries.scope,
  domain: queueEntries.domain,
  state: queueEntries.state,
  dueAt: queueEntries.dueAt,
  attempts: queueEntries.attempts,
  manual: queueEntries.manual,
  uncertain: queueEntries.uncertain,
  createdAt: queueEntries.createdAt,
}

/** What the queue still owes to a message, if anything. */
export async function findQueueEntry(db: Database, mailServerId: number, messageId: number): Promise<QueuedEntry | undefined> {
  const [row] = await db
    .select(COLUMNS)
    .from(queueEntries)
    .where(and(eq(queueEntries.mailServerId, mailServerId), eq(queueEntries.messageId, messageId)))
  return row
}

export type QueuePage = { readonly before?: number; readonly limit: number }

/** The newest messages first. */
export async function listQueueEntries(db: Database, mailServerId: number, { before, limit }: QueuePage): Promise<QueuedEntry[]> {
  return db
    .select(COLUMNS)
    .from(queueEntries)
    .where(and(eq(queueEntries.mailServerId, mailServerId), before === undefined ? undefined : lt(queueEntries.messageId, before)))
    .orderBy(desc(queueEntries.messageId))
    .limit(limit)
}

export type ServerQueue = {
  /** Counted no further than the limit. */
  readonly length: number
  readonly waiting: number
  readonly delivering: number
  readonly retrying: number
  readonly oldestMessageAt: Date | null
  readonly nextDueAt: Date | null
}

/** Looks at the oldest entries only, as many as the limit says, so that a long queue costs no more. */
export async function summariseServerQueue(db: Database, mailServerId: number, limit: number): Promise<ServerQueue> {
  const [row] = await select<ServerQueue>(
    db.$client,
    `SELECT COUNT(*) AS length, COALESCE(SUM(state = 'ready'), 0) AS waiting, COALESCE(SUM(state <> 'ready'), 0) AS delivering,
       COALESCE(SUM(attempts > 0), 0) AS retrying, MIN(created_at) AS oldestMessageAt, MIN(IF(state = 'ready', due_at, NULL)) AS nextDueAt
     FROM (SELECT state, attempts, created_at, due_at FROM queue_entries WHERE mail_server_id = ? ORDER BY message_id LIMIT ?) AS oldest`,
    [mailServerId, limit],
  )
  const none = { length: 0, waiting: 0, delivering: 0, retrying: 0, oldestMessageAt: null, nextDueAt: null }
  if (!row) return none
  return { ...row, waiting: Number(row.waiting), delivering: Number(row.delivering), retrying: Number(row.retrying) }
}
