/** `posthaste webhook secret` */
import { z } from 'zod'
import { finishWebhookRotation, revealWebhookSecret, rotateWebhookSecret } from '../../manage/webhooks.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { SECRET_OPTIONS, secretInput, showOrReplace } from '../signing-secret.ts'
import { webhookNamed } from './webhook-update.ts'

export const webhookSecret = command({
  words: 'webhook secret <webhook>',
  about: 'show the secret that signs requests of a webhook, or replace it',
  options: [SERVER_OPTION, ...SECRET_OPTIONS],
  input: serverInput.extend({ webhook: z.string(), ...secretInput }),
  run: async ({ open }, { server, webhook: uuid, ...wish }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const { id } = await webhookNamed(manage, mailServerId, uuid)
    return showOrReplace(wish, {
      show: () => revealWebhookSecret(manage, { id }),
      replace: async () => (await rotateWebhookSecret(manage, { id })).secret,
      retire: async () => void (await finishWebhookRotation(manage, { id })),
    })
  },
})
