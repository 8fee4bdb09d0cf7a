/** The `id` parameter of both reading actions, and the message it names. */
import type { Message } from '../../../domain/message.ts'
import { findMessage } from '../../../store/messages.ts'
import type { ApiDeps, Call } from './call.ts'
import { type Answer, refuse, wrongParameter } from './envelope.ts'

/** A message of the caller's own mail server, or the answer that there is none. Structures never reach the database. */
export async function messageOf({ parameters, mailServer }: Call, { db }: ApiDeps): Promise<{ message: Message } | { refusal: Answer }> {
  const { id } = parameters
  if (id === undefined || id === null || id === '') return { refusal: wrongParameter('`id` parameter is required but is missing') }
  const number = toInteger(id)
  if (number === undefined) return { refusal: wrongParameter('`id` should be an Integer') }
  const message = Number.isSafeInteger(number) && number > 0 ? await findMessage(db, mailServer.id, number) : undefined
  return message ? { message } : { refusal: refuse('MessageNotFound', { id }) }
}

function toInteger(id: unknown): number | undefined {
  if (typeof id === 'string') return /^\d{1,20}$/.test(id) ? Number(id) : undefined
  return typeof id === 'number' && Number.isInteger(id) ? id : undefined
}
