/** `posthaste webhook create` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { createWebhook } from '../../manage/webhooks.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

export const webhookCreate = command({
  words: 'webhook create <name> <url>',
  about: 'tell a URL about events; the signing secret is shown this once',
  options: [
    SERVER_OPTION,
    ['--events <names>', 'only these, with commas between; all when absent'],
    ['--no-postal-signatures', 'sign by its own secret alone, not as Postal does'],
  ],
  input: serverInput.extend({
    name: z.string(),
    url: z.string(),
    events: z
      .string()
      .transform((text) => text.split(',').map((name) => name.trim()))
      .optional(),
    postalSignatures: z.boolean().default(true),
  }),
  run: async ({ open }, { server, name, url, ...input }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const { webhook, secret } = await createWebhook(manage, { ...given(input), mailServerId, name, url })
    const lines = [`Created the webhook ${name} (${webhook.uuid}).`, `Secret, shown only now: ${secret}`]
    return { json: { ...webhook, secret }, lines }
  },
})
