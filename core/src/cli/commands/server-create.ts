/** `posthaste server create` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { createMailServer } from '../../manage/mail-servers.ts'
import { command } from '../command.ts'
import { ORG_OPTION, organizationOf, orgInput } from '../place.ts'

export const serverCreate = command({
  words: 'server create <name>',
  about: 'create a mail server',
  options: [
    ORG_OPTION,
    ['--permalink <permalink>', 'short name in URLs; made from the name when absent'],
    ['--mode <mode>', 'live, or development to hold all mail (default: live)'],
    ['--send-limit <number>', 'outgoing messages in 60 minutes; no limit when absent'],
  ],
  input: orgInput.extend({
    name: z.string(),
    permalink: z.string().optional(),
    mode: z.enum(['live', 'development']).optional(),
    sendLimit: z.coerce.number().optional(),
  }),
  run: async ({ open }, { org, ...input }) => {
    const { manage } = await open()
    const organization = await organizationOf(manage, { org })
    const mailServer = await createMailServer(manage, { ...given(input), name: input.name, organizationId: organization.id })
    const lines = [`Created the mail server ${organization.permalink}/${mailServer.permalink}.`, 'Next: posthaste domain add <name>']
    return { json: mailServer, lines }
  },
})
