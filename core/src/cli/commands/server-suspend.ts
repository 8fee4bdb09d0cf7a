/** `posthaste server suspend` */
import { z } from 'zod'
import { suspendMailServer } from '../../manage/mail-servers.ts'
import { command } from '../command.ts'
import { mailServerOf } from '../place.ts'

export const serverSuspend = command({
  words: 'server suspend <server> <reason>',
  about: 'stop a mail server from sending; its mail is held, with the reason',
  options: [],
  input: z.object({ server: z.string(), reason: z.string() }),
  run: async ({ open }, { server, reason }) => {
    const { manage } = await open()
    const { id, permalink } = await mailServerOf(manage, { server })
    await suspendMailServer(manage, { id, reason })
    return { json: { suspended: permalink, reason }, lines: [`Suspended ${permalink}.`] }
  },
})
