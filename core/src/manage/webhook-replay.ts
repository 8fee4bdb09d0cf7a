/** Verbs that send webhook requests again: one, those of a time, or all that were given up. */
import { AppError } from '../domain/errors.ts'
import { RETRY_FOR_MS } from '../domain/webhook-retry.ts'
import { change } from '../store/change.ts'
import { findWebhookRequest, type HistoryFilter, replayWebhookRequests } from '../store/webhook-history.ts'
import { findWebhook } from '../store/webhooks.ts'
import { requireMailServer, requireOwned } from './access.ts'
import { type Manage, record } from './context.ts'
import { invalid } from './fields.ts'

/**
 * The same bytes go out again, as if the event had just happened.
 * @throws AppError `mail_server.not_found`, `webhook.not_found`, `auth.forbidden`, `input.invalid`
 */
export async function replayWebhookRequest(manage: Manage, { mailServerId, uuid }: { mailServerId: number; uuid: string }): Promise<void> {
  const { organizationId } = await requireMailServer(manage, mailServerId, 'member')
  const request = await findWebhookRequest(manage.db, mailServerId, uuid)
  if (!request) throw new AppError('webhook.not_found', 'There is no such webhook request.', { field: 'uuid' })
  await requireWorkingWebhook(manage, request.webhookId)
  await replayWebhookRequests(manage.db, { mailServerId, ids: [request.id], ...fromNow(manage) })
  await note(manage, organizationId, request.webhookId, { uuid })
}

/** `state: 'dead'` names those that were given up; without a state also what was delivered goes out again. */
export type ReplayInput = Omit<HistoryFilter, 'messageId'> & { readonly webhookId: number; readonly state?: 'dead' | 'delivered' }

/** @returns how many. @throws AppError `webhook.not_found`, `auth.forbidden`, `input.invalid` */
export async function replayWebhookHistory(manage: Manage, input: ReplayInput): Promise<number> {
  const { from, to, state } = input
  if (!from && !to && !state) throw invalid('from', 'Say which: those of a time, or all that failed.')
  if (from && to && from >= to) throw invalid('to', 'to must be later than from.')
  const { organizationId } = await requireMailServer(manage, input.mailServerId, 'member')
  const webhook = await requireWorkingWebhook(manage, input.webhookId)
  if (webhook.mailServerId !== input.mailServerId) throw new AppError('webhook.not_found', 'There is no such webhook.')
  const count = await replayWebhookRequests(manage.db, { ...input, ...fromNow(manage) })
  await note(manage, organizationId, input.webhookId, { count, from, to, state })
  return count
}

async function requireWorkingWebhook(manage: Manage, id: number) {
  const { row } = await requireOwned(manage, 'webhook', await findWebhook(manage.db, id), 'member')
  if (!row.enabled) throw invalid('webhook', 'The webhook is switched off; enable it first.')
  return row
}

function fromNow({ clock }: Manage) {
  const now = clock()
  return { now, retryUntil: new Date(now.getTime() + RETRY_FOR_MS) }
}

const note = (manage: Manage, organizationId: number, subjectId: number, details: Record<string, unknown>) =>
  change(manage.db, (tx) => record(tx, manage, { action: 'webhook.replayed', subjectId, organizationId, details }))
