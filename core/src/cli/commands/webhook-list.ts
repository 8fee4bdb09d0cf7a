/** `posthaste webhook list` */
import { listWebhooks } from '../../store/webhooks.ts'
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
    const rows = found.map(({ uuid, name, url, enabled, allEvents, events }) => [
      uuid,
      name,
      url,
      enabled,
      allEvents ? 'all' : events.join(' '),
    ])
    return {
      json: found,
      lines: table(['uuid', 'name', 'url', 'enabled', 'events'], rows, 'None yet: posthaste webhook create <name> <url>'),
    }
  },
})
