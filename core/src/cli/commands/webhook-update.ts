/** `posthaste webhook update` */
import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import { given, type Manage } from '../../manage/context.ts'
import { updateWebhookSettings } from '../../manage/webhooks.ts'
import { findWebhookByUuid, type Webhook } from '../../store/webhooks.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

export const webhookUpdate = command({
  words: 'webhook update <webhook>',
  about: 'change a webhook, by its uuid',
  options: [
    SERVER_OPTION,
    ['--name <name>', 'what you call it'],
    ['--url <url>', 'where requests go'],
    ['--events <names>', 'only these, with commas between; all for those that Postal knows'],
    ['--enabled', 'switch it on'],
    ['--no-enabled', 'switch it off; what is on its way is set aside'],
    ['--postal-signatures', 'sign by the key of the installation too, as Postal does'],
    ['--no-postal-signatures', 'sign by its own secret alone'],
  ],
  input: serverInput.extend({
    webhook: z.string(),
    name: z.string().optional(),
    url: z.string().optional(),
    events: z
      .string()
      .transform((text) => text.split(',').map((name) => name.trim()))
      .optional(),
    enabled: z.boolean().optional(),
    postalSignatures: z.boolean().optional(),
  }),
  run: async ({ open }, { server, webhook: uuid, events, ...input }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const { id } = await webhookNamed(manage, mailServerId, uuid)
    const webhook = await updateWebhookSettings(manage, { id, ...given(input), ...wished(events) })
    return { json: webhook, lines: [`Saved the webhook ${webhook.name}.`] }
  },
})

/** @throws AppError `webhook.not_found` */
export async function webhookNamed({ db }: Pick<Manage, 'db'>, mailServerId: number, uuid: string): Promise<Webhook> {
  const found = await findWebhookByUuid(db, mailServerId, uuid)
  if (!found) throw new AppError('webhook.not_found', `There is no webhook ${uuid}; see posthaste webhook list.`, { field: 'webhook' })
  return found
}

function wished(events: readonly string[] | undefined) {
  if (events === undefined) return {}
  return events.join() === 'all' ? { allEvents: true, events: [] } : { allEvents: false, events }
}
