/** The messages that one mail became for one recipient: its route has several endpoints, and each gets a copy. */
import { and, between, eq, ne } from 'drizzle-orm'
import { firstIdAt } from '../domain/ids.ts'
import type { EndpointType, Message } from '../domain/message.ts'
import type { Database } from './database.ts'
import { messages } from './schema/mail.ts'

export type Copy = { readonly id: number; readonly endpointType: EndpointType | null; readonly endpointId: number | null }

/** All are accepted together, which bounds the search: a busy address has many messages. */
const TOGETHER_MS = 60_000

/** Without the message itself. */
export async function listCopies(
  db: Database,
  { id, mailServerId, rawMailId, rcptTo, routeId, createdAt }: Message,
): Promise<readonly Copy[]> {
  if (routeId === null) return []
  const idAfter = (ms: number) => firstIdAt(new Date(createdAt.getTime() + ms))
  return db
    .select({ id: messages.id, endpointType: messages.endpointType, endpointId: messages.endpointId })
    .from(messages, { forceIndex: 'messages_rcpt_to' })
    .where(
      and(
        ...[eq(messages.mailServerId, mailServerId), eq(messages.rcptTo, rcptTo), ne(messages.id, id)],
        ...[between(messages.id, idAfter(-TOGETHER_MS), idAfter(TOGETHER_MS)), eq(messages.rawMailId, rawMailId)],
        eq(messages.routeId, routeId),
      ),
    )
}
