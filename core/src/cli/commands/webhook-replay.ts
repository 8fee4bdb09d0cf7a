/** `posthaste webhook replay` and `posthaste webhook replay-one` */
import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import { given } from '../../manage/context.ts'
import { replayWebhookHistory, replayWebhookRequest } from '../../manage/webhook-replay.ts'
import { findWebhookByUuid } from '../../store/webhooks.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { UsageError } from '../usage.ts'

export const webhookReplay = command({
  words: 'webhook replay <webhook>',
  about: 'send requests to a webhook again: all that failed, or those of a time',
  options: [
    SERVER_OPTION,
    ['--failed', 'all that were given up'],
    ['--from <time>', 'not before, as 2026-11-21T10:00Z; also what was delivered'],
    ['--to <time>', 'before'],
    ['--event <name>', 'only of one event, such as MessageBounced'],
  ],
  input: serverInput.extend({
    webhook: z.string(),
    failed: z.boolean().default(false),
    from: z.coerce.date().optional(),
    to: z.coerce.date().optional(),
    event: z.string().optional(),
  }),
  run: async ({ open }, { server, webhook: uuid, failed, ...range }) => {
    if (!failed && !range.from && !range.to) throw new UsageError('Say which: --failed, or --from and --to.')
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const webhook = await findWebhookByUuid(manage.db, mailServerId, uuid)
    if (!webhook) throw new AppError('webhook.not_found', `There is no webhook ${uuid}; see posthaste webhook list.`, { field: 'webhook' })
    const state = failed ? ({ state: 'dead' } as const) : {}
    const count = await replayWebhookHistory(manage, { mailServerId, webhookId: webhook.id, ...state, ...given(range) })
    return { json: { count }, lines: [`${count} requests are sent again.`] }
  },
})

export const webhookReplayOne = command({
  words: 'webhook replay-one <request>',
  about: 'send one request again, by its uuid',
  options: [SERVER_OPTION],
  input: serverInput.extend({ request: z.string() }),
  run: async ({ open }, { server, request: uuid }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    await replayWebhookRequest(manage, { mailServerId, uuid })
    return { json: { uuid }, lines: [`The request ${uuid} is sent again.`] }
  },
})
