/** `posthaste server unsuspend` */
import { z } from 'zod'
import { unsuspendMailServer } from '../../manage/mail-servers.ts'
import { command } from '../command.ts'
import { mailServerOf } from '../place.ts'

export const serverUnsuspend = command({
  words: 'server unsuspend <server>',
  about: 'let a suspended mail server send again',
  options: [],
  input: z.object({ server: z.string() }),
  run: async ({ open }, { server }) => {
    const { manage } = await open()
    const { id, permalink } = await mailServerOf(manage, { server })
    await unsuspendMailServer(manage, { id })
    return { json: { unsuspended: permalink }, lines: [`${permalink} may send again.`] }
  },
})
