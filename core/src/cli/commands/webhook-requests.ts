/** `posthaste webhook requests` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { listWebhookRequests } from '../../store/webhook-history.ts'
import { listWebhooks } from '../../store/webhooks.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { table } from '../table.ts'

export const webhookRequests = command({
  words: 'webhook requests',
  about: 'show what was sent to webhooks, newest first',
  options: [
    SERVER_OPTION,
    ['--state <state>', 'only those that are ready, claimed, delivered or dead'],
    ['--event <name>', 'only of one event, such as MessageBounced'],
    ['--from <time>', 'not before, as 2026-11-21T10:00Z'],
    ['--to <time>', 'before'],
    ['--limit <number>', 'how many (default: 50)'],
    ['--before <id>', 'go on before the last request of the page before'],
  ],
  input: serverInput.extend({
    state: z.enum(['ready', 'claimed', 'delivered', 'dead']).optional(),
    event: z.string().optional(),
    from: z.coerce.date().optional(),
    to: z.coerce.date().optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(50),
    before: z.coerce.number().int().optional(),
  }),
  run: async ({ open }, { server, limit, before, ...filter }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const found = await listWebhookRequests(manage.db, { mailServerId, ...given(filter) }, { limit, ...given({ before }) })
    const webhooks = await allPages((page) => listWebhooks(manage.db, { ...page, mailServerId }))
    const names = new Map(webhooks.map(({ id, name }) => [id, name]))
    const rows = found.map((row) => [
      row.id,
      row.uuid,
      names.get(row.webhookId) ?? '(deleted)',
      row.event,
      row.state,
      row.attempts,
      row.createdAt,
    ])
    return { json: found, lines: table(['id', 'uuid', 'webhook', 'event', 'state', 'attempts', 'made at'], rows, 'Nothing was sent yet.') }
  },
})
