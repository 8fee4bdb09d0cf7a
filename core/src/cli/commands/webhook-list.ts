/** `posthaste webhook list` */
import { listWebhooks, type Webhook } from '../../store/webhooks.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { table } from '../table.ts'

export const webhookList = command({
  words: 'webhook list',
  about: 'list webhooks',
  options: [SERVER_OPTION],
  input: serverInput,
  run: async ({ open }, place) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, place)
    const found = await allPages((page) => listWebhooks(manage.db, { ...page, mailServerId }))
    const rows = found.map((webhook) => [
      webhook.uuid,
      webhook.name,
      webhook.url,
      stateOf(webhook),
      webhook.allEvents ? 'all' : webhook.events.join(' '),
    ])
    return {
      json: found,
      lines: table(['uuid', 'name', 'url', 'state', 'events'], rows, 'None yet: posthaste webhook create <name> <url>'),
    }
  },
})

function stateOf({ enabled, pausedAt, failuresInARow }: Webhook): string {
  if (!enabled) return 'off'
  if (pausedAt) return `rests since ${pausedAt.toISOString().slice(0, 16)}Z`
  return failuresInARow > 0 ? `${failuresInARow} failures in a row` : 'on'
}
