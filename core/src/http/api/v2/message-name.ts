/** The `id` in the path of a message: its number or its token. Of the caller's own mail server, or there is none. */
import { z } from '@hono/zod-openapi'
import { AppError } from '../../../domain/errors.ts'
import type { Message } from '../../../domain/message.ts'
import type { Manage } from '../../../manage/context.ts'
import { findMessage, listMessages } from '../../../store/messages.ts'

export const MessageName = z.object({
  id: z.string().max(64).openapi({ description: 'Number or token of the message', example: '6134519246848000' }),
})

/** @throws AppError `message.not_found` also for what can be neither */
export async function messageNamed({ db }: Pick<Manage, 'db'>, mailServerId: number, name: string): Promise<Message> {
  const found = /^\d{1,16}$/.test(name) ? await findMessage(db, mailServerId, Number(name)) : undefined
  const message = found ?? (/^[A-Za-z0-9]{16}$/.test(name) ? await byToken(db, mailServerId, name) : undefined)
  if (!message) throw new AppError('message.not_found', 'This mail server has no such message.', { field: 'id' })
  return message
}

async function byToken(db: Manage['db'], mailServerId: number, token: string): Promise<Message | undefined> {
  const [message] = await listMessages(db, mailServerId, { token }, { limit: 1 })
  return message
}
