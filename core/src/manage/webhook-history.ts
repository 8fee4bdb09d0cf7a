/** What was sent to webhooks and what came back, for those who may see it. */
import { AppError } from '../domain/errors.ts'
import { findWebhookRequest, type HistoryFilter, listWebhookAttempts, listWebhookRequests } from '../store/webhook-history.ts'
import { requireMailServer } from './access.ts'
import type { Manage } from './context.ts'

type Page = { readonly before?: number; readonly limit?: number }

/** Newest first. @throws AppError `mail_server.not_found` */
export async function webhookHistory(manage: Manage, filter: HistoryFilter, page: Page = {}) {
  await requireMailServer(manage, filter.mailServerId, 'reader')
  return listWebhookRequests(manage.db, filter, page)
}

/**
 * One request with its body and all attempts, oldest first. What a receiver answered may be more than a reader should see.
 * @throws AppError `mail_server.not_found`, `webhook.not_found`, `auth.forbidden`
 */
export async function webhookRequestStory(manage: Manage, { mailServerId, uuid }: { mailServerId: number; uuid: string }) {
  await requireMailServer(manage, mailServerId, 'member')
  const request = await findWebhookRequest(manage.db, mailServerId, uuid)
  if (!request) throw new AppError('webhook.not_found', 'There is no such webhook request.', { field: 'uuid' })
  return { ...request, attempts: await listWebhookAttempts(manage.db, mailServerId, request.id) }
}

export type WebhookRequestStory = Awaited<ReturnType<typeof webhookRequestStory>>
export type StoriedAttempt = WebhookRequestStory['attempts'][number]

/** In Postal's codes: those below zero are no answer at all. */
export const answerText = ({ statusCode, responseBody }: Pick<StoriedAttempt, 'statusCode' | 'responseBody'>): string =>
  statusCode > 0 ? `HTTP ${statusCode}` : responseBody
