/** What a mail says, for those who may read it. Every reading leaves an audit entry. */
import { AppError } from '../domain/errors.ts'
import type { Message } from '../domain/message.ts'
import { findMessage } from '../store/messages.ts'
import { readRawMails } from '../store/raw-mails.ts'
import { requireMailServer } from './access.ts'
import { type Manage, record } from './context.ts'

export type ContentInput = {
  readonly mailServerId: number
  readonly id: number
  /** `looked_at` leaves no entry: for the parts of a page that has left one. */
  readonly as: 'viewed' | 'downloaded' | 'looked_at'
}

export type MessageContent = {
  readonly message: Message
  /** As it was accepted; null when it is no longer stored. */
  readonly raw: Buffer | null
}

/**
 * Readers of an organization follow mail without reading it: bodies hold passwords and links that let people in.
 * @throws AppError `mail_server.not_found`, `message.not_found`, `auth.forbidden`
 */
export async function openMessageContent(manage: Manage, { mailServerId, id, as }: ContentInput): Promise<MessageContent> {
  const { organizationId } = await requireMailServer(manage, mailServerId, 'member')
  const message = await findMessage(manage.db, mailServerId, id)
  if (!message) throw new AppError('message.not_found', 'There is no such message.')
  const raw = (await readRawMails(manage.db, [message.rawMailId])).get(message.rawMailId) ?? null
  if (raw && as !== 'looked_at')
    await record(manage.db, manage, { action: `message.${as}`, subjectId: id, organizationId, details: { mailServerId } })
  return { message, raw }
}
