/** Whether a message that nobody took in all its attempts says something about its recipient: only its last replies can tell. */
import type { Message } from '../domain/message.ts'
import { blamesRecipient } from '../domain/smtp-reply-class.ts'
import type { Database } from '../store/database.ts'
import { lastReplyClasses } from '../store/messages.ts'
import type { Decision } from './job.ts'

/** One full mailbox among blocks of our address is no pattern, and what was said days ago may have passed. */
const REPLIES_TOLD = 3

/** The decision, without its suppression unless each of the last replies was about the recipient (D7). */
export async function sparing(db: Database, { mailServerId, id }: Message, decision: Decision): Promise<Decision> {
  const { suppress, ...spared } = decision
  if (!suppress?.ifPersonal) return decision
  const classes = await lastReplyClasses(db, { mailServerId, messageId: id, limit: REPLIES_TOLD })
  return classes.length > 0 && classes.every((name) => name !== null && blamesRecipient(name)) ? decision : spared
}
