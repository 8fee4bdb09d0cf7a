/** What is done to messages: release, retry, hold and the like, to one or to many. */
import { AppError } from '../../../domain/errors.ts'
import { MESSAGE_VERBS, type VerbRefusal } from '../../../domain/queue-entry.ts'
import { changeMessages } from '../../../manage/messages.ts'
import { done, fieldOf, fieldsOf } from '../act.ts'
import type { AdminContext, AdminDeps } from '../deps.ts'
import { mailServerPlace } from '../place.ts'
import { messageId } from './show.tsx'

const REFUSALS: Readonly<Record<VerbRefusal, string>> = {
  not_found: 'There is no such message.',
  wrong_status: 'Its status has changed meanwhile, and this can no longer be done.',
  already_queued: 'It is in the queue already.',
  not_queued: 'It is no longer in the queue.',
  being_delivered: 'It is being delivered right now and cannot be stopped.',
  raw_removed: 'Its content is no longer stored, so it cannot be sent again.',
}

export async function moveMessage(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, mailServer, path } = await mailServerPlace(c, deps)
  const id = messageId(c)
  const asked = await fieldOf(c, 'verb')
  const verb = MESSAGE_VERBS.find((known) => known === asked)
  if (!verb) throw new AppError('input.invalid', 'There is no such action.', { field: 'verb' })
  const { refused } = await changeMessages(manage, verb, { mailServerId: mailServer.id, ids: [id] })
  const [first] = refused
  if (first?.why === 'not_found') throw new AppError('message.not_found', REFUSALS.not_found)
  if (first) throw new AppError('input.invalid', REFUSALS[first.why])
  return done(c, `message.${verb}`, `${path}/messages/${id}`)
}

const BULK_VERBS = ['release', 'cancel_hold'] as const

export async function moveMessages(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, mailServer, path } = await mailServerPlace(c, deps)
  const asked = await fieldOf(c, 'verb')
  const verb = BULK_VERBS.find((known) => known === asked)
  if (!verb) throw new AppError('input.invalid', 'There is no such action.', { field: 'verb' })
  const ids = (await fieldsOf(c, 'ids')).filter((id) => /^\d{1,16}$/.test(id)).map(Number)
  if (ids.length === 0) throw new AppError('input.invalid', 'No message was ticked. Go back and tick at least one.', { field: 'ids' })
  const { refused } = await changeMessages(manage, verb, { mailServerId: mailServer.id, ids })
  return done(c, refused.length > 0 ? 'messages.some_refused' : `messages.${verb}`, `${path}/messages/held`)
}
